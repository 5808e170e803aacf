package org.kdump.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.VirtualMemory;

/// Finds the pages that belong to the buddy allocator, from the mem_map.
///
/// The first page of a free block is told by `page._mapcount`, which then is a page type, and has the block's order in
/// `page.private`; the block's other pages are not marked. Up to 6.10 a type is a bit cleared in -1, and since 6.12
/// (commit 4ffca5a96678, "mm: support only one page_type per page") a number in the top byte. VMCOREINFO's
/// `PAGE_BUDDY_MAPCOUNT_VALUE` is all 32 bits of it on either, and a free page has no other type at once, so all are
/// compared.
///
/// The other way is to follow the free lists of each zone. It was not taken: their links are what a crash may have
/// broken, one bad link ends a list, and they have no order that suits windows of memory. A mark in the mem_map is
/// wrong
/// for its own block only. Pages on the per-CPU lists are in neither.
final class FreePages {
    private static final int ROWS_AT_ONCE = 4096;
    private static final int LARGEST_STRUCT = 4096;
    private static final int LARGEST_ORDER = 30;

    private final VirtualMemory memory;
    private final MemoryMap map;
    private final int structSize;
    private final int mapcountOffset;
    private final int privateOffset;
    private final int flagsOffset;
    private final int buddy;
    private final long slabFlag;
    private final long orders;
    private final MemorySegment structs;
    private final ValueLayout.OfInt int32;
    private final ValueLayout.OfLong int64;
    private final boolean wide;
    private long freeUntil;
    private long unreadable;

    /// @throws MalformedInputException if VMCOREINFO does not tell enough, or what cannot be true
    /// @throws IOException if the dump cannot be read
    FreePages(VirtualMemory memory) throws IOException {
        this.memory = memory;
        VmcoreInfo info = memory.vmcore().info();
        ByteOrder order = memory.vmcore().byteOrder();
        wide = memory.vmcore().elfClass().wordSize() == Long.BYTES;
        int32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        int64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order);
        structSize = (int) within(LARGEST_STRUCT, "SIZE(page)", info.requireSize("page"));
        mapcountOffset = member("page._mapcount");
        privateOffset = member("page.private");
        flagsOffset = member("page.flags");
        buddy = (int) info.requireNumber("PAGE_BUDDY_MAPCOUNT_VALUE");
        // Slab pages keep counters in _mapcount on kernels that tell slab by a flag, which is up to 6.9.
        slabFlag = info.number("PG_slab").isPresent() ? 1L << info.requireNumber("PG_slab") : 0;
        orders = within(LARGEST_ORDER, "LENGTH(zone.free_area)", info.requireLength("zone.free_area"));
        map = MemoryMap.of(memory);
        structs = MemorySegment.ofArray(new byte[ROWS_AT_ONCE * structSize]);
    }

    private int member(String name) {
        long offset = memory.vmcore().info().requireOffset(name);
        return (int) within(structSize - Long.BYTES, "OFFSET(" + name + ")", offset);
    }

    private long within(long most, String key, long value) {
        if (value < 0 || value > most) {
            throw new MalformedInputException(
                    memory.vmcore().name(), -1, VmcoreInfo.NOTE_NAME, key, value + " is not 0 to " + most);
        }
        return value;
    }

    /// Clears the bits of the free pages. Windows come by rising page frame number.
    ///
    /// @param firstPfn the window's first page frame
    /// @throws IOException if the file cannot be read
    void exclude(long firstPfn, PageBits kept) throws IOException {
        int frame = Math.clamp(freeUntil - firstPfn, 0, PageBits.FRAMES);
        kept.clear(0, frame);
        frame = kept.next(frame, true);
        while (frame < PageBits.FRAMES) {
            MemoryMap.Row row = map.row(firstPfn + frame);
            int end = (int) Math.min(frame + Math.min(row.frames(), ROWS_AT_ONCE), PageBits.FRAMES);
            int next = row.address() == 0 ? end : exclude(firstPfn, kept, frame, end, row.address());
            frame = next < PageBits.FRAMES ? kept.next(next, true) : next;
        }
    }

    /// @return the first frame that is not looked at yet, `end` or more
    private int exclude(long firstPfn, PageBits kept, int from, int end, long address) throws IOException {
        long wanted = (long) (end - from) * structSize;
        long read = memory.read(address, structs.asSlice(0, wanted));
        int readable = from + (int) (read / structSize);
        int frame = from;
        while (frame < readable) {
            long at = (long) (frame - from) * structSize;
            long pages = structs.get(int32, at + mapcountOffset) == buddy ? block(firstPfn + frame, at) : 0;
            if (pages == 0) {
                frame++;
            } else {
                freeUntil = firstPfn + frame + pages;
                int blockEnd = (int) Math.min(frame + pages, PageBits.FRAMES);
                kept.clear(frame, blockEnd);
                frame = blockEnd;
            }
        }
        unreadable += kept.count(Math.max(frame, readable), end);
        return Math.max(frame, end);
    }

    /// Pages of the free block that begins with `pfn`; 0 if its order cannot be true.
    private long block(long pfn, long at) {
        long order = word(at + privateOffset);
        boolean slab = (word(at + flagsOffset) & slabFlag) != 0;
        boolean possible = order >= 0 && order < orders && (pfn & (1L << order) - 1) == 0;
        return possible && !slab ? 1L << order : 0;
    }

    private long word(long offset) {
        return wide ? structs.get(int64, offset) : structs.get(int32, offset) & 0xffff_ffffL;
    }

    /// How many pages' `struct page` could not be read; they were kept.
    long unreadable() {
        return unreadable;
    }
}
