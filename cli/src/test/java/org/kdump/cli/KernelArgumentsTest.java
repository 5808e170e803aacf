package org.kdump.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelArgumentsTest {
    @Test
    void whatIsMeantForUsIsTaken() {
        var line = KernelArguments.parse(
                "elfcorehdr=0x2f000000 console=ttyS0 kdump.final=poweroff kdump.capture=\"-d 17 --compress zlib\" quiet\n");
        assertEquals(Map.of("final", "poweroff", "capture", "-d 17 --compress zlib"), line.values());
        assertEquals("reboot", KernelArguments.parse("quiet").value("final", "reboot"));
    }

    @Test
    void quotesMayStandBeforeTheNameAsTheKernelPrintsThem() {
        assertEquals(
                Map.of("capture", "-d 0"),
                KernelArguments.parse("\"kdump.capture=-d 0\"").values());
    }

    @Test
    void wordsAreKeptTogetherByEitherQuote() {
        assertEquals(
                List.of("load", "--append", "a=\"b c\" d", "", "e"),
                KernelArguments.words("load  --append 'a=\"b c\" d' '' e"));
        assertEquals(List.of(), KernelArguments.words("  "));
    }
}
