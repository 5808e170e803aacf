package org.kdump.capture;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.kdump.vmcore.paging.VirtualMemory;

/// Finds out from the mem_map what each page is for.
///
/// Of free pages the first of each block is marked, with the block's order. The other way is to follow the free lists
/// of each zone. It was not taken: their links are what a crash may have broken, one bad link ends a list, and they
/// have no order that suits windows of memory. A mark in the mem_map is wrong for its own block only. Pages on the
/// per-CPU lists are in neither.
final class PageClassifier {
    /// As many as a free block has at most, or fewer: so of most of the blocks that are left out nothing is read.
    private static final int READ_AT_ONCE = 512;

    private static final PageKind[] KINDS = PageKind.values();

    private final MemoryMap map;
    private final StructPage page;
    private final DumpLevel level;
    private final StructRow row;
    private final byte[] kinds = new byte[PageBits.FRAMES];
    private MemoryMap.Row place = new MemoryMap.Row(0, 0);
    private long placePfn;
    private PageKind runKind = PageKind.KERNEL;
    private long runEnd;
    private long unreadable;

    /// @param level of what it leaves out, single pages are not looked at where the first of a block tells of all
    /// @throws MalformedInputException if VMCOREINFO does not tell enough, or what cannot be true
    /// @throws IOException if the dump cannot be read
    PageClassifier(VirtualMemory memory, DumpLevel level) throws IOException {
        this.level = level;
        page = new StructPage(memory.vmcore());
        map = MemoryMap.of(memory);
        row = new StructRow(memory, page.size(), READ_AT_ONCE);
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
        Arrays.fill(kinds, (byte) PageKind.KERNEL.ordinal());
        int frame = level.excludes(runKind.fate()) ? fillRun(firstPfn, 0) : 0;
        frame = present.next(frame, true);
        while (frame < PageBits.FRAMES) {
            find(firstPfn + frame);
            long inPlace = placePfn + place.frames() - (firstPfn + frame);
            // Up to a multiple, so that the head of a compound page has its second page beside it.
            long count = Math.min(inPlace, READ_AT_ONCE - frame % READ_AT_ONCE);
            int end = (int) Math.min(frame + count, PageBits.FRAMES);
            frame = present.next(place.address() == 0 ? end : classify(firstPfn, present, frame, end), true);
        }
    }

    /// Finds the place where the `struct page` of a frame is, and those behind it.
    private void find(long pfn) throws IOException {
        if (pfn < placePfn || pfn - placePfn >= place.frames()) {
            place = map.row(pfn);
            placePfn = pfn;
        }
    }

    /// @return the first frame that is not looked at yet, `end` or more
    private int classify(long firstPfn, PageBits present, int from, int end) throws IOException {
        long address = place.address() + (firstPfn + from - placePfn) * page.size();
        int readable = from + row.read(address, end - from);
        int words = (readable - from) * page.words();
        int frame = from;
        while (frame < readable) {
            int at = (frame - from) * page.words();
            if (firstPfn + frame < runEnd) {
                kinds[frame++] = (byte) (page.isPoisoned(row.words(), at) ? PageKind.POISONED : runKind).ordinal();
            } else {
                frame = mark(firstPfn, frame, at, words);
            }
        }
        unreadable += present.count(Math.max(frame, readable), end);
        return Math.max(frame, end);
    }

    private int mark(long firstPfn, int frame, int at, int end) {
        PageKind kind = page.kind(row.words(), at, end);
        long pages = kind == PageKind.KERNEL ? 1 : page.pages(kind, row.words(), at, end, firstPfn + frame);
        kinds[frame] = (byte) (pages == 0 ? PageKind.KERNEL : kind).ordinal();
        if (pages <= 1) {
            return frame + 1;
        }
        runKind = kind;
        runEnd = firstPfn + frame + pages;
        return level.excludes(kind.fate()) ? fillRun(firstPfn, frame) : frame + 1;
    }

    /// @return the first frame behind the run, or behind the window
    private int fillRun(long firstPfn, int frame) {
        int end = Math.clamp(runEnd - firstPfn, frame, PageBits.FRAMES);
        Arrays.fill(kinds, frame, end, (byte) runKind.ordinal());
        return end;
    }

    /// What the frame of the window is.
    PageKind of(int frame) {
        return KINDS[kinds[frame]];
    }

    /// The first frame behind `frame` that is something else, or [PageBits#FRAMES].
    int next(int frame) {
        int next = frame + 1;
        while (next < PageBits.FRAMES && kinds[next] == kinds[frame]) {
            next++;
        }
        return next;
    }

    /// How many pages' `struct page` could not be read; they are taken for ones to keep.
    long unreadable() {
        return unreadable;
    }
}
