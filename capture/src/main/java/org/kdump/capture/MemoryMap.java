package org.kdump.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.VirtualMemory;

/// The kernel's array of `struct page`, one for each page frame, as SPARSEMEM lays it out (include/linux/mmzone.h).
///
/// ```
/// mem_section[root] ──▶ struct mem_section[]: section_mem_map = (address of the section's first struct page
///                         − its first frame × sizeof(struct page)) | flags
/// ```
///
/// So the address of any frame's `struct page` is the map without flags plus frame × size.
final class MemoryMap {
    /// The flags grew from 2 to 6 bits over the years (SECTION_MAP_LAST_BIT); the map is page aligned, so more bits
    /// than
    /// any kernel uses are free.
    private static final long FLAGS = 0xfff;
    /// `SECTION_HAS_MEM_MAP`.
    private static final long HAS_MAP = 2;
    private static final int MOST_PAGE_SIZE = 4096;

    private final VirtualMemory memory;
    private final long sections;
    private final long sectionSize;
    private final long mapOffset;
    private final boolean extreme;
    private final long sectionsPerRoot;
    private final long sectionCount;
    private final int sectionFrameBits;
    private final int structSize;

    /// @throws MalformedInputException if the kernel does not say where the array is
    MemoryMap(VirtualMemory memory) {
        this.memory = memory;
        VmcoreInfo info = memory.vmcore().info();
        int pageSize = memory.vmcore().pageSize();
        this.sections = info.requireSymbol("mem_section");
        this.sectionSize = info.requireSize("mem_section");
        this.mapOffset = info.requireOffset("mem_section.section_mem_map");
        long sectionBits = info.requireNumber("SECTION_SIZE_BITS");
        long memoryBits = info.requireNumber("MAX_PHYSMEM_BITS");
        this.sectionFrameBits = (int) sectionBits - Integer.numberOfTrailingZeros(pageSize);
        this.structSize = (int) info.requireSize("page");
        if (sectionFrameBits < 1
                || memoryBits < sectionBits
                || memoryBits > 62
                || sectionSize < 1
                || sectionSize > pageSize
                || structSize < 32
                || structSize > MOST_PAGE_SIZE) {
            throw new MalformedInputException(
                    memory.vmcore().name(), -1, "VMCOREINFO", "mem_section", "its numbers contradict each other");
        }
        this.sectionCount = 1L << memoryBits - sectionBits;
        // With SPARSEMEM_EXTREME there is a pointer for each page full of sections, else the sections themselves.
        this.extreme = info.requireLength("mem_section") != sectionCount;
        this.sectionsPerRoot = pageSize / sectionSize;
    }

    /// Frames of a section.
    int framesPerSection() {
        return 1 << sectionFrameBits;
    }

    /// Bytes of a `struct page`.
    int structSize() {
        return structSize;
    }

    /// Reads the `struct page`s of `frames` frames of one section.
    ///
    /// @param target room for `frames` of them
    /// @return how many were read; 0 for memory that has none (the section is not there, or not in the dump)
    /// @throws IOException if the dump cannot be read
    int read(long firstFrame, int frames, MemorySegment target) throws IOException {
        long map = map(firstFrame >> sectionFrameBits);
        if (map == 0) {
            return 0;
        }
        long read = memory.read(map + firstFrame * structSize, target.asSlice(0, (long) frames * structSize));
        return (int) (read / structSize);
    }

    private long map(long section) throws IOException {
        if (section >= sectionCount) {
            return 0;
        }
        long address = sections + section * sectionSize;
        if (extreme) {
            long root = memory.word(sections
                    + section / sectionsPerRoot * memory.vmcore().elfClass().wordSize());
            if (root == 0) {
                return 0;
            }
            address = root + section % sectionsPerRoot * sectionSize;
        }
        long map = memory.word(address + mapOffset);
        return (map & HAS_MAP) == 0 ? 0 : map & ~FLAGS;
    }
}
