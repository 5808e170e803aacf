package org.kdump.capture;

import java.io.IOException;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.Translation;
import org.kdump.vmcore.paging.VirtualMemory;

/// The pages of the mem_map itself that tell of nothing but pages which are left out: makedumpfile's `-e`. They are a
/// 64th of memory, and who never looks at a `struct page` of such a page does not miss them.
///
/// What is noted does not grow with memory: where there would be too many pieces, the others stay in the dump.
final class MemoryMapTrim {
    private static final int MOST_PIECES = 1 << 14;

    private final VirtualMemory memory;
    private final MemoryMap map;
    private final long structSize;
    private final int framesInPage;
    /// First page frame of each piece, and the first behind it.
    private final NavigableMap<Long, Long> pieces = new TreeMap<>();

    /// @throws MalformedInputException if the mem_map cannot be found, or its pages each tell of parts of others
    /// @throws IOException if the dump cannot be read
    MemoryMapTrim(VirtualMemory memory) throws IOException {
        this.memory = memory;
        map = MemoryMap.of(memory);
        structSize = memory.vmcore().info().requireSize("page");
        int pageSize = memory.vmcore().pageSize();
        framesInPage = (int) (pageSize / structSize);
        if (framesInPage * structSize != pageSize || PageBits.FRAMES % framesInPage != 0) {
            String reason =
                    "a page of the mem_map has no whole number of " + structSize + " bytes, so all of it is kept";
            throw new MalformedInputException(memory.vmcore().name(), -1, VmcoreInfo.NOTE_NAME, "SIZE(page)", reason);
        }
    }

    /// Notes what tells of the pages of a window that are not kept.
    ///
    /// @throws IOException if the dump cannot be read
    void note(long firstPfn, PageBits present, PageBits kept) throws IOException {
        for (int frame = 0; frame < PageBits.FRAMES; frame += framesInPage) {
            boolean needed = kept.next(frame, true) < frame + framesInPage;
            if (!needed && present.next(frame, true) < frame + framesInPage && pieces.size() < MOST_PIECES) {
                note(map.row(firstPfn + frame).address());
            }
        }
    }

    private void note(long address) throws IOException {
        int pageSize = memory.vmcore().pageSize();
        if (address == 0 || address % pageSize != 0) {
            return;
        }
        if (memory.space().translate(address) instanceof Translation.Mapped mapped) {
            long pfn = mapped.physicalAddress() / pageSize;
            Map.Entry<Long, Long> before = pieces.floorEntry(pfn);
            if (before != null && before.getValue() >= pfn) {
                pieces.put(before.getKey(), Math.max(before.getValue(), pfn + 1));
            } else {
                pieces.put(pfn, pfn + 1);
            }
        }
    }

    /// Takes what was noted out of a window.
    ///
    /// @return how many pages were taken out
    int apply(long firstPfn, PageBits kept) {
        int before = kept.count();
        Long first = pieces.floorKey(firstPfn);
        long from = first == null ? firstPfn : first;
        for (Map.Entry<Long, Long> piece :
                pieces.subMap(from, firstPfn + PageBits.FRAMES).entrySet()) {
            int start = Math.clamp(piece.getKey() - firstPfn, 0, PageBits.FRAMES);
            kept.clear(start, Math.clamp(piece.getValue() - firstPfn, start, PageBits.FRAMES));
        }
        return before - kept.count();
    }
}
