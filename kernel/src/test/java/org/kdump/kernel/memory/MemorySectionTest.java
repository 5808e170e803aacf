package org.kdump.kernel.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kdump.kernel.object.LittleKernel;
import org.kdump.vmcore.paging.MemoryFault;

class MemorySectionTest {
    private static final String TYPES = """
            page 64: flags long 0
            mem_section 16: section_mem_map long 0
            """;
    /// Page frames of a section.
    private static final long FRAMES = 1 << 15;

    private static final long MAP = 0xffffea0000000000L;
    private static final int ROOTS = 0x10000;
    private static final int SECTIONS = 0x11000;
    /// How many a page of them has.
    private static final int OF_ROOT = 256;

    private final LittleKernel kernel = new LittleKernel(TYPES);

    /// Sections 0 and 2, and one of the third page of them; the second page is not there.
    @BeforeEach
    void boot() {
        kernel.symbol("mem_section", 0x14000);
        kernel.symbol("__highest_present_section_nr", 0x14008);
        kernel.pointer(0x14000, ROOTS);
        kernel.u64(0x14008, 2 * OF_ROOT);
        kernel.pointer(ROOTS, SECTIONS);
        kernel.pointer(ROOTS + 16, SECTIONS + 0x1000);
        kernel.u64(SECTIONS, MAP | 0b01111);
        kernel.u64(SECTIONS + 16, MAP | 0b01110);
        kernel.u64(SECTIONS + 32, MAP | 0b10011);
        kernel.u64(SECTIONS + 0x1000, MAP | 0b00001);
        kernel.u64(SECTIONS + 0x1010, MAP | 0b00001);
    }

    private MemorySection section(long number, int place, String state) {
        long first = MAP + number * FRAMES * 64;
        return new MemorySection(number, kernel.at(place), MAP, first, state, number * FRAMES);
    }

    @Test
    void findsThoseThatArePresent() throws IOException {
        assertEquals(
                List.of(
                        section(0, SECTIONS, "PMOE"),
                        section(2, SECTIONS + 32, "PMD"),
                        section(2 * OF_ROOT, SECTIONS + 0x1000, "P")),
                MemorySection.all(kernel.types));
    }

    @Test
    void takesTheSizeThatTheKernelTells() throws IOException {
        kernel.vmcore.info.add("NUMBER(SECTION_SIZE_BITS)=30");
        assertEquals(2L << 18, MemorySection.all(kernel.types).get(1).firstFrame());
    }

    @Test
    void tellsAFault() {
        kernel.vmcore.without(SECTIONS, SECTIONS + 0x1000);
        assertThrows(MemoryFault.class, () -> MemorySection.all(kernel.types));
    }
}
