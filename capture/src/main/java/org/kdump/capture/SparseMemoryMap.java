package org.kdump.capture;

import java.io.IOException;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.VirtualMemory;

/// SPARSEMEM, with or without vmemmap: memory in sections, and a `struct mem_section` for each
/// (include/linux/mmzone.h).
///
/// ```
/// mem_section     SPARSEMEM_EXTREME: array of pointers, each to a page full of struct mem_section; 0 if none is used
///                 else: array of struct mem_section
/// section_mem_map address of the section's first struct page, less that of the section's first frame: as if the array
///                 began with frame 0. Flags are in its low bits: bit 1 says that the section has a mem_map.
/// ```
///
/// How many flags there are differs between releases and configurations. All keep to what mmzone.h promises: the value
/// without them is aligned to a page, and to as many frames as a section has, whichever is less; so what is below is
/// flags.
final class SparseMemoryMap implements MemoryMap {
    private static final int HAS_MEM_MAP = 1 << 1;
    private static final int MOST_BITS = 63;

    private final VirtualMemory memory;
    private final long table;
    private final boolean extreme;
    private final long sections;
    private final long sectionsOfRoot;
    private final long sectionSize;
    private final long memMapOffset;
    private final int frameShift;
    private final long flags;
    private final long structSize;

    private SparseMemoryMap(VirtualMemory memory) {
        this.memory = memory;
        Vmcore vmcore = memory.vmcore();
        VmcoreInfo info = vmcore.info();
        int pageShift = Integer.numberOfTrailingZeros(vmcore.pageSize());
        table = info.requireSymbol("mem_section");
        structSize = info.requireSize("page");
        memMapOffset = info.requireOffset("mem_section.section_mem_map");
        sectionSize = within(1, vmcore.pageSize(), "SIZE(mem_section)", info.requireSize("mem_section"));
        long sectionBits =
                within(pageShift, MOST_BITS, "NUMBER(SECTION_SIZE_BITS)", info.requireNumber("SECTION_SIZE_BITS"));
        long memoryBits =
                within(sectionBits, MOST_BITS, "NUMBER(MAX_PHYSMEM_BITS)", info.requireNumber("MAX_PHYSMEM_BITS"));
        frameShift = (int) sectionBits - pageShift;
        flags = (1L << Math.min(pageShift, frameShift)) - 1;
        sections = 1L << memoryBits - sectionBits;
        sectionsOfRoot = vmcore.pageSize() / sectionSize;
        long length = info.requireLength("mem_section");
        extreme = length != sections;
        within(1, sections, "LENGTH(mem_section)", length);
    }

    static SparseMemoryMap of(VirtualMemory memory) {
        return new SparseMemoryMap(memory);
    }

    private long within(long least, long most, String key, long value) {
        if (value < least || value > most) {
            throw new MalformedInputException(
                    memory.vmcore().name(), -1, VmcoreInfo.NOTE_NAME, key, value + " is not " + least + " to " + most);
        }
        return value;
    }

    @Override
    public Row row(long pfn) throws IOException {
        long section = pfn >>> frameShift;
        long frames = (section + 1 << frameShift) - pfn;
        long entry = section < sections ? entry(section) : 0;
        long encoded = entry == 0 ? 0 : memory.word(entry + memMapOffset);
        if ((encoded & HAS_MEM_MAP) == 0) {
            return new Row(0, frames);
        }
        return new Row((encoded & ~flags) + pfn * structSize, frames);
    }

    /// The address of a `struct mem_section`, or 0.
    private long entry(long section) throws IOException {
        if (!extreme) {
            return table + section * sectionSize;
        }
        int wordSize = memory.vmcore().elfClass().wordSize();
        long root = memory.word(table + section / sectionsOfRoot * wordSize);
        return root == 0 ? 0 : root + section % sectionsOfRoot * sectionSize;
    }
}
