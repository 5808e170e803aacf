package org.kdump.kexec;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.kdump.elf.ProgramHeader;

/// Where the running kernel has mapped itself and all of memory, as `/proc/kcore` tells.
///
/// Each of its segments of memory or kernel text has the physical address in `p_paddr` since Linux commit
/// 464920104bf7 ("/proc/kcore: update physical address for kcore ram and text", v4.11), so neither `/proc/kallsyms`
/// nor a guess is needed.
///
/// @param textAddress virtual address of the kernel's first byte
/// @param textStart its physical address
/// @param textSize bytes of the kernel, a multiple of the page size
/// @param pageOffset virtual address of physical address 0 in the kernel's mapping of all memory (`PAGE_OFFSET`)
record KernelMapping(long textAddress, long textStart, long textSize, long pageOffset) {
    /// `__START_KERNEL_map` (`arch/x86/include/asm/page_64_types.h`).
    private static final long START_KERNEL_MAP = 0xffff_ffff_8000_0000L;

    private static final long NEITHER_MEMORY_NOR_TEXT = -1;
    private static final long PAGE_SIZE = 4096;

    /// @param kernelCode the start of `Kernel code` in `/proc/iomem`
    static KernelMapping of(Path kcore, List<ProgramHeader> segments, long kernelCode) throws KexecException {
        var text = find(kcore, segments, "the kernel's text", segment -> holds(segment, kernelCode));
        var memory = find(kcore, segments, "any memory", KernelMapping::isMemory);
        return new KernelMapping(
                text.virtualAddress(),
                text.physicalAddress(),
                Math.ceilDiv(text.memorySize(), PAGE_SIZE) * PAGE_SIZE,
                memory.virtualAddress() - memory.physicalAddress());
    }

    private static ProgramHeader find(
            Path kcore, List<ProgramHeader> segments, String what, Predicate<ProgramHeader> wanted)
            throws KexecException {
        return segments.stream()
                .filter(segment -> segment.type() == ProgramHeader.PT_LOAD)
                .filter(segment -> segment.physicalAddress() != NEITHER_MEMORY_NOR_TEXT)
                .filter(wanted)
                .findFirst()
                .orElseThrow(() -> new KexecException(kcore + " has no segment with " + what));
    }

    private static boolean holds(ProgramHeader segment, long kernelCode) {
        long offset = kernelCode - segment.physicalAddress();
        return !isMemory(segment) && offset >= 0 && offset < segment.memorySize();
    }

    private static boolean isMemory(ProgramHeader segment) {
        return Long.compareUnsigned(segment.virtualAddress(), START_KERNEL_MAP) < 0;
    }
}
