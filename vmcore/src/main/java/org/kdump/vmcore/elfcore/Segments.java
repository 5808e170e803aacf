package org.kdump.vmcore.elfcore;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.kdump.elf.ProgramHeader;
import org.kdump.vmcore.Presence;

/// What the `PT_LOAD` segments of a core file say of physical memory.
///
/// The kernel's image is in `/proc/vmcore` twice, once more as the segment of its text mapping. `/proc/kcore` has
/// segments of vmalloc memory, whose `p_paddr` is -1, or 0 in old kernels. So a segment counts first if it belongs to
/// the direct mapping: `p_vaddr - p_paddr` is the one of most memory, or `p_vaddr` is 0, as hypervisors write it. Any
/// other fills in what those leave open. What the file still has of a segment goes before what it has lost.
final class Segments {
    private final List<ProgramHeader> direct = new ArrayList<>();
    private final List<ProgramHeader> other = new ArrayList<>();
    private final long fileSize;

    /// @param fileSize bytes of the file, beyond which nothing can be read
    Segments(List<ProgramHeader> headers, long fileSize) {
        this.fileSize = fileSize;
        List<ProgramHeader> loads =
                headers.stream().filter(Segments::isPhysical).toList();
        long directOffset = directOffset(loads);
        for (ProgramHeader load : loads) {
            boolean isDirect = load.virtualAddress() == 0 || offset(load) == directOffset;
            (isDirect ? direct : other).add(load);
        }
        // A p_paddr of 0 outside the direct mapping says nothing, unless there is no direct mapping at all.
        other.removeIf(load -> !direct.isEmpty() && load.physicalAddress() == 0);
    }

    private static boolean isPhysical(ProgramHeader header) {
        return header.type() == ProgramHeader.PT_LOAD
                && header.physicalAddress() >= 0
                && header.memorySize() > 0
                && header.memorySize() <= Long.MAX_VALUE - header.physicalAddress();
    }

    /// `p_vaddr - p_paddr` of most memory; 0 if no segment has a virtual address.
    static long directOffset(List<ProgramHeader> loads) {
        Map<Long, Long> sizes = new HashMap<>();
        loads.stream()
                .filter(load -> load.virtualAddress() != 0)
                .forEach(load -> sizes.merge(offset(load), load.memorySize(), Segments::saturatedSum));
        return sizes.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(0L);
    }

    private static long saturatedSum(long one, long other) {
        return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
    }

    /// `p_vaddr - p_paddr`.
    static long offset(ProgramHeader load) {
        return load.virtualAddress() - load.physicalAddress();
    }

    /// The memory, sorted by address and without overlap.
    List<Extent> extents() {
        List<Extent> layers = new ArrayList<>();
        for (Presence presence : List.of(Presence.PRESENT, Presence.MISSING, Presence.EXCLUDED)) {
            direct.forEach(load -> add(layers, load, presence));
            other.forEach(load -> add(layers, load, presence));
        }
        return Extent.layered(layers);
    }

    /// `p_filesz` bytes are in the file, as far as that goes; makedumpfile leaves pages out by a larger `p_memsz`.
    private void add(List<Extent> layers, ProgramHeader load, Presence presence) {
        long written = Math.min(load.fileSize() < 0 ? Long.MAX_VALUE : load.fileSize(), load.memorySize());
        long available = load.offset() < 0 ? 0 : Math.clamp(fileSize - load.offset(), 0, written);
        long from = 0;
        long to = load.memorySize();
        switch (presence) {
            case PRESENT -> to = available;
            case MISSING -> {
                from = available;
                to = written;
            }
            case EXCLUDED, ABSENT -> from = written;
        }
        if (from < to) {
            long base = load.physicalAddress();
            layers.add(new Extent(base + from, base + to, load.offset() + from, presence));
        }
    }
}
