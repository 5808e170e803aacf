package org.kdump.kernel.why;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the kernel prints of machine checks, and what it means.
class MachineCheckTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mce: [Hardware Error]: CPU 1: Machine Check Exception: 4 Bank 4: b600000000000135, TSC 55e526 ADDR 12345000"
                        + "| CPU 1, bank 4: an error of a cache, not corrected, the processor's state is lost, at physical "
                        + "address 0x12345000 (status 0xb600000000000135)",
                "mce: [Hardware Error]: CPU 2: Machine Check Exception: 5 Bank 9: be00000001010091"
                        + "| CPU 2, bank 9: an error of memory or its controller, not corrected, the processor's state is lost "
                        + "(status 0xbe00000001010091)",
                "mce: [Hardware Error]: CPU 0: Machine Check: 0 Bank 9: 8c00004000010091, TSC 0 ADDR 7fff0000"
                        + "| CPU 0, bank 9: an error of memory or its controller, corrected, at physical address 0x7fff0000 "
                        + "(status 0x8c00004000010091)",
                "mce: [Hardware Error]: CPU 30: Machine Check Exception: 7 Bank 0: f200000000000e0f, TSC 1 "
                        + "| CPU 30, bank 0: an error of a bus or an interconnect, not corrected, the processor's state is "
                        + "lost, and there were more (status 0xf200000000000e0f)",
            })
    void readsTheLog(String line, String sentence) {
        assertEquals(Optional.of(sentence), MachineCheck.of(line).map(MachineCheck::sentence));
    }

    @ParameterizedTest
    @CsvSource({
        "mce: [Hardware Error]: Machine check: Processor Context Corrupt",
        "CPU 99999999999999: Machine Check: 0 Bank 0: 0",
        "CPU 1: Machine Check: 0 Bank 0: 00000000000000000",
    })
    void otherLinesAreNone(String line) {
        assertEquals(Optional.empty(), MachineCheck.of(line));
    }
}
