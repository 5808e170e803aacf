package org.kdump.kernel.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;

/// A section of physical memory, which has its `struct page`s together (`struct mem_section`,
/// include/linux/mmzone.h).
///
/// @param number its number: that of its first page frame, divided by how many a section has
/// @param address of its struct
/// @param codedMap `section_mem_map` without its flags: as if the array began with page frame 0
/// @param firstPage its first `struct page`
/// @param state a letter for each flag: `P` present, `M` has its pages, `O` online, `E` early, `D` of a device
/// @param firstFrame its first page frame
public record MemorySection(long number, long address, long codedMap, long firstPage, String state, long firstFrame) {
    private static final int SECTION_BITS = 27;
    private static final int MOST = 1 << 22;
    private static final long FLAGS = 0xfff;
    private static final String LETTERS = "PMOED";

    /// Those that are there.
    ///
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed, as of one without
    /// sections
    /// @throws IOException if the dump cannot be read
    public static List<MemorySection> all(TypedMemory kernel) throws IOException {
        StructType type = kernel.struct("mem_section");
        int pageSize = kernel.memory().vmcore().pageSize();
        long roots = kernel.memory().word(kernel.symbol("mem_section"));
        long ofRoot = pageSize / type.size();
        long last = Math.min(MOST, last(kernel));
        List<MemorySection> all = new ArrayList<>();
        for (long root = 0; root * ofRoot <= last; root++) {
            long sections = kernel.memory().word(roots + root * kernel.types().pointerSize());
            for (long i = 0; sections != 0 && i < ofRoot && root * ofRoot + i <= last; i++) {
                add(kernel, type.at(sections + i * type.size()), root * ofRoot + i, all);
            }
        }
        return all;
    }

    private static long last(TypedMemory kernel) throws IOException {
        OptionalLong highest = kernel.findSymbol("__highest_present_section_nr");
        return highest.isPresent() ? Math.max(0, kernel.memory().word(highest.getAsLong())) : MOST;
    }

    private static void add(TypedMemory kernel, Struct section, long number, List<MemorySection> all)
            throws IOException {
        long map = section.number("section_mem_map");
        if ((map & 1) == 0) {
            return;
        }
        StringBuilder state = new StringBuilder();
        for (int bit = 0; bit < LETTERS.length(); bit++) {
            state.append((map >>> bit & 1) != 0 ? String.valueOf(LETTERS.charAt(bit)) : "");
        }
        long bits = kernel.memory().vmcore().info().number("SECTION_SIZE_BITS").orElse(SECTION_BITS);
        long frame = (number << bits) / kernel.memory().vmcore().pageSize();
        long coded = map & ~FLAGS;
        long first = coded + frame * kernel.struct("page").size();
        all.add(new MemorySection(number, section.address(), coded, first, state.toString(), frame));
    }
}
