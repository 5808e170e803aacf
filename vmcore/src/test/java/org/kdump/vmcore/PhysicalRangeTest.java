package org.kdump.vmcore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class PhysicalRangeTest {
    @Test
    void sortsAndMerges() {
        List<PhysicalRange> ranges = List.of(
                new PhysicalRange(0x5000, 0x6000),
                new PhysicalRange(0x1000, 0x3000),
                new PhysicalRange(0x2000, 0x2800),
                new PhysicalRange(0x3000, 0x4000),
                new PhysicalRange(0x4800, 0x4800));
        assertEquals(
                List.of(new PhysicalRange(0x1000, 0x4000), new PhysicalRange(0x5000, 0x6000)),
                PhysicalRange.merge(ranges));
    }

    @Test
    void takesAddressesAsUnsigned() {
        PhysicalRange high = new PhysicalRange(0x7fff_ffff_ffff_f000L, 0x8000_0000_0000_1000L);
        assertTrue(high.contains(0x8000_0000_0000_0fffL));
        assertFalse(high.contains(0x8000_0000_0000_1000L));
        assertEquals(0x2000, high.length());
        assertThrows(IllegalArgumentException.class, () -> new PhysicalRange(1, 0));
    }
}
