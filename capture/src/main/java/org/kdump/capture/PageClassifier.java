package org.kdump.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.paging.VirtualMemory;

/// Finds out from the mem_map what each page is for.
///
/// Of free pages the first of each block is marked, with the block's order. The other way is to follow the free lists
/// of each zone. It was not taken: their links are what a crash may have broken, one bad link ends a list, and they
/// have no order that suits windows of memory. A mark in the mem_map is wrong for its own block only. Pages on the
/// per-CPU lists are in neither.
final class PageClassifier {
    private static final int ROWS_AT_ONCE = 4096;
    private static final PageClass[] CLASSES = PageClass.values();

    private final VirtualMemory memory;
    private final MemoryMap map;
    private final StructPage page;
    private final MemorySegment structs;
    private final byte[] classes = new byte[PageBits.FRAMES];
    private PageClass runClass = PageClass.WRITTEN;
    private long runEnd;
    private long unreadable;

    /// @throws MalformedInputException if VMCOREINFO does not tell enough, or what cannot be true
    /// @throws IOException if the dump cannot be read
    PageClassifier(VirtualMemory memory) throws IOException {
        this.memory = memory;
        page = new StructPage(memory.vmcore());
        map = MemoryMap.of(memory);
        structs = MemorySegment.ofArray(new byte[ROWS_AT_ONCE * page.size()]);
    }

    /// The classes that cannot be told from others, and why.
    Map<PageClass, String> unknown() {
        return page.unknown();
    }

    /// Goes back to the first window.
    void restart() {
        runEnd = 0;
        unreadable = 0;
    }

    /// Classifies the page frames of a window. Windows come by rising page frame number.
    ///
    /// @param firstPfn the window's first page frame
    /// @param present the frames that are memory; of others nothing is said
    /// @throws IOException if the file cannot be read
    /// @throws MalformedInputException if the mem_map makes no sense there
    void classify(long firstPfn, PageBits present) throws IOException {
        Arrays.fill(classes, (byte) PageClass.WRITTEN.ordinal());
        int frame = Math.clamp(runEnd - firstPfn, 0, PageBits.FRAMES);
        Arrays.fill(classes, 0, frame, (byte) runClass.ordinal());
        frame = present.next(frame, true);
        while (frame < PageBits.FRAMES) {
            MemoryMap.Row row = map.row(firstPfn + frame);
            // Up to a multiple, so that the head of a compound page has its second page beside it.
            long rows = Math.min(row.frames(), ROWS_AT_ONCE - frame % ROWS_AT_ONCE);
            int end = (int) Math.min(frame + rows, PageBits.FRAMES);
            int next = row.address() == 0 ? end : classify(firstPfn, present, frame, end, row.address());
            frame = next < PageBits.FRAMES ? present.next(next, true) : next;
        }
    }

    /// @return the first frame that is not looked at yet, `end` or more
    private int classify(long firstPfn, PageBits present, int from, int end, long address) throws IOException {
        long wanted = (long) (end - from) * page.size();
        long read = memory.read(address, structs.asSlice(0, wanted));
        int readable = from + (int) (read / page.size());
        MemorySegment known = structs.asSlice(0, (long) (readable - from) * page.size());
        int frame = from;
        while (frame < readable) {
            long at = (long) (frame - from) * page.size();
            PageClass what = page.classify(known, at);
            frame = what == PageClass.WRITTEN ? frame + 1 : mark(firstPfn, frame, what, known, at);
        }
        unreadable += present.count(Math.max(frame, readable), end);
        return Math.max(frame, end);
    }

    private int mark(long firstPfn, int frame, PageClass what, MemorySegment known, long at) {
        long pages = page.pages(what, known, at, firstPfn + frame);
        if (pages == 0) {
            return frame + 1;
        }
        runClass = what;
        runEnd = firstPfn + frame + pages;
        int end = (int) Math.min(frame + pages, PageBits.FRAMES);
        Arrays.fill(classes, frame, end, (byte) what.ordinal());
        return end;
    }

    /// What the frame of the window is, [PageClass#WRITTEN] if nothing allows to leave it out.
    PageClass of(int frame) {
        return CLASSES[classes[frame]];
    }

    /// How many pages' `struct page` could not be read; they are taken for ones to keep.
    long unreadable() {
        return unreadable;
    }
}
