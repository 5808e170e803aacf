package org.kdump.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.BitSet;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.MemoryFault;
import org.kdump.vmcore.paging.VirtualMemory;

/// Tells the pages that the buddy allocator holds free, by their `struct page`.
///
/// The first page of a free block has `_mapcount` (since 4.18 a union with `page_type`) equal to
/// `NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)` and the block's order in `private` (mm/internal.h, `set_buddy_order`). That is
/// so
/// from 2.6.38 to today; only the number changed (page types moved to the top byte in 6.12), and VMCOREINFO has it. The
/// free lists say the same, but following them through a kernel that went mad may not end.
final class FreePages {
    private final MemoryMap map;
    private final int mapcountOffset;
    private final int orderOffset;
    private final int buddy;
    private final long orders;
    private final ByteBuffer pages;

    /// @throws MalformedInputException if the kernel does not say what is needed
    FreePages(VirtualMemory memory) {
        this.map = new MemoryMap(memory);
        VmcoreInfo info = memory.vmcore().info();
        this.mapcountOffset = inside(memory, "page._mapcount", 4);
        this.orderOffset = inside(memory, "page.private", 8);
        this.buddy = (int) info.requireNumber("PAGE_BUDDY_MAPCOUNT_VALUE");
        this.orders = info.requireLength("zone.free_area");
        this.pages = ByteBuffer.allocate(Math.min(map.framesPerSection(), Frames.WINDOW) * map.structSize())
                .order(memory.vmcore().byteOrder());
    }

    private int inside(VirtualMemory memory, String member, int width) {
        long offset = memory.vmcore().info().requireOffset(member);
        if (offset < 0 || offset > map.structSize() - width) {
            throw new MalformedInputException(
                    memory.vmcore().name(),
                    -1,
                    "VMCOREINFO",
                    "OFFSET(" + member + ")",
                    offset + " lies outside struct page");
        }
        return (int) offset;
    }

    /// Sets the bits of the free frames among some.
    ///
    /// @param first a multiple of [Frames#WINDOW]
    /// @param frames at most [Frames#WINDOW]
    /// @param free bit 0 is the frame `first`
    /// @throws IOException if the dump cannot be read
    void find(long first, int frames, BitSet free) throws IOException {
        int step = Math.min(map.framesPerSection(), Frames.WINDOW);
        for (int from = 0; from < frames; from += step) {
            int count = Math.min(step, frames - from);
            try {
                int read = map.read(first + from, count, MemorySegment.ofBuffer(pages));
                scan(from, read, frames, free);
            } catch (MemoryFault notThere) {
                // A section whose description is not in the dump: its pages are kept.
                continue;
            }
        }
    }

    private void scan(int from, int count, int frames, BitSet free) {
        int size = map.structSize();
        for (int i = 0; i < count; i++) {
            if (pages.getInt(i * size + mapcountOffset) != buddy) {
                continue;
            }
            long order = pages.getLong(i * size + orderOffset);
            int block = order >= 0 && order < orders ? 1 << order : 0;
            // A block begins at a multiple of its size; what does not is a page caught in the middle of a change.
            if (block > 0 && (from + i & block - 1) == 0) {
                free.set(from + i, Math.min(from + i + block, frames));
                i += block - 1;
            }
        }
    }
}
