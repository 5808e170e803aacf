package org.kdump.capture;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.PhysicalRange;

/// Which pages there are, and which of them the dump is to hold, window by window in rising order.
final class Selection {
    private final List<PhysicalRange> ranges;
    private final int pageSize;
    private final Optional<FreePages> freePages;
    private final long smallestHole;
    private long notClassified;
    private Optional<String> failure = Optional.empty();

    /// @param ranges the machine's memory, sorted and merged
    /// @param freePages finds the pages to leave out; none are if it is empty
    /// @param smallestHole the fewest pages in a row that are left out
    Selection(List<PhysicalRange> ranges, int pageSize, Optional<FreePages> freePages, long smallestHole) {
        this.ranges = ranges;
        this.pageSize = pageSize;
        this.freePages = freePages;
        this.smallestHole = smallestHole;
    }

    /// The first page frame of the next window with memory in it, from the window that begins with `pfn` on; -1 if
    /// there is none.
    long window(long pfn) {
        for (PhysicalRange range : ranges) {
            if (range.end() > pfn * pageSize) {
                long first = Math.max(pfn, range.start() / pageSize);
                return first - first % PageBits.FRAMES;
            }
        }
        return -1;
    }

    /// Fills both bitmaps for the window that begins with `firstPfn`.
    ///
    /// A page that is memory only in part is memory.
    void select(long firstPfn, PageBits memory, PageBits kept) {
        memory.clear();
        for (PhysicalRange range : ranges) {
            int from = Math.clamp(range.start() / pageSize - firstPfn, 0, PageBits.FRAMES);
            int to = Math.clamp((range.end() + pageSize - 1) / pageSize - firstPfn, 0, PageBits.FRAMES);
            memory.set(from, to);
        }
        kept.copy(0, PageBits.FRAMES, memory);
        if (freePages.isPresent()) {
            exclude(freePages.get(), firstPfn, memory, kept);
        }
    }

    /// A window whose mem_map cannot be read is kept as a whole.
    private void exclude(FreePages free, long firstPfn, PageBits memory, PageBits kept) {
        try {
            free.exclude(firstPfn, kept);
        } catch (IOException | MalformedInputException problem) {
            failure = failure.or(() -> Optional.of(problem.getMessage()));
            kept.copy(0, PageBits.FRAMES, memory);
            notClassified += kept.count();
        }
        keepSmallHoles(memory, kept);
    }

    private void keepSmallHoles(PageBits memory, PageBits kept) {
        if (smallestHole <= 1) {
            return;
        }
        int from = kept.next(0, false);
        while (from < PageBits.FRAMES) {
            int to = kept.next(from, true);
            if (to - from < smallestHole) {
                kept.copy(from, to, memory);
            }
            from = kept.next(to, false);
        }
    }

    /// What could not be found out, as a sentence.
    Optional<String> problem() {
        long unknown = notClassified + freePages.map(FreePages::unreadable).orElse(0L);
        return unknown == 0
                ? Optional.empty()
                : Optional.of("whether " + unknown + " pages are free could not be found out, so they are in the dump"
                        + failure.map(reason -> ": " + reason).orElse(": the mem_map cannot be read there"));
    }
}
