package org.kdump.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DumpLevelTest {
    @ParameterizedTest
    @ValueSource(strings = {"2", "4", "8", "15", "31", "18"})
    void aLevelThatIsNotHandledIsRefusedAndThoseHandledAreNamed(String text) {
        String refusal = assertThrows(IllegalArgumentException.class, () -> DumpLevel.of(text))
                .getMessage();
        assertTrue(refusal.contains("not handled yet") && refusal.contains("17"), refusal);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "32", "", "x", "0x11"})
    void whatIsNoLevelIsRefused(String text) {
        String refusal = assertThrows(IllegalArgumentException.class, () -> DumpLevel.of(text))
                .getMessage();
        assertTrue(refusal.contains("0 to 31"), refusal);
    }

    @Test
    void theRefusalNamesWhatWouldBeLeftOut() {
        String refusal = assertThrows(IllegalArgumentException.class, () -> new DumpLevel(31))
                .getMessage();
        assertTrue(refusal.contains("cache, private cache, user pages"), refusal);
        assertEquals(new DumpLevel(17), DumpLevel.of("17"));
    }
}
