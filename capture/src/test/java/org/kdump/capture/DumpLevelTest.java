package org.kdump.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DumpLevelTest {
    @ParameterizedTest
    @ValueSource(strings = {"-1", "32", "", "x", "0x11"})
    void whatIsNoLevelIsRefused(String text) {
        String refusal = assertThrows(IllegalArgumentException.class, () -> DumpLevel.of(text))
                .getMessage();
        assertTrue(refusal.contains("0 to 31"), refusal);
    }

    @Test
    void bitsAreThoseOfMakedumpfile() {
        assertEquals(new DumpLevel(17), DumpLevel.of("17"));
        assertTrue(new DumpLevel(4).excludes(PageClass.CACHE));
        assertFalse(new DumpLevel(2).excludes(PageClass.PRIVATE_CACHE));
        assertTrue(new DumpLevel(0).excludes(PageClass.POISONED));
        assertEquals(new DumpLevel(25), new DumpLevel(31).with(PageClass.CACHE));
        assertEquals(new DumpLevel(27), new DumpLevel(31).with(PageClass.PRIVATE_CACHE));
    }
}
