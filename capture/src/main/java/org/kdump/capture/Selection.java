package org.kdump.capture;

import java.io.IOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.PhysicalRange;

/// Which pages there are, and which of them the dump is to hold, window by window in rising order.
///
/// It may be gone through several times. Of a machine that is not too large the bitmaps are remembered from
/// the first
/// time; of a larger one the mem_map is read again.
final class Selection {
    private final List<PhysicalRange> ranges;
    private final int pageSize;
    private final Optional<PageClassifier> classifier;
    private final DumpLevel level;
    private final long smallestHole;
    private final long[] found = new long[PageKind.values().length];
    private final Map<PageClass, Long> excluded = new EnumMap<>(PageClass.class);
    private final Map<Long, long[]> remembered = new HashMap<>();
    private final long mostRemembered;
    private final boolean remembers;
    private final Witnesses witnesses;
    private final FilterDecisions decisions;
    private final Map<PageClass, String> accused = new EnumMap<>(PageClass.class);
    private long notClassified;
    private Optional<String> failure = Optional.empty();

    /// @param ranges the machine's memory, sorted and merged
    /// @param classifier finds the pages to leave out; none are if it is empty
    /// @param level which of them are
    /// @param smallestHole the fewest pages in a row that are left out
    /// @param witnesses what must not be
    /// @param memory bytes of bitmaps that may be remembered: 8 MiB are enough for 256 GiB in pages of 4 KiB
    /// @param decisions what filters keep or drop beside
    Selection(
            List<PhysicalRange> ranges,
            int pageSize,
            Optional<PageClassifier> classifier,
            DumpLevel level,
            long smallestHole,
            Witnesses witnesses,
            FilterDecisions decisions,
            long memory) {
        this.ranges = ranges;
        this.pageSize = pageSize;
        this.classifier = classifier;
        this.level = level;
        this.smallestHole = smallestHole;
        this.witnesses = witnesses;
        this.decisions = decisions;
        mostRemembered = memory / (PageBits.FRAMES / Byte.SIZE);
        remembers = windows() <= mostRemembered;
    }

    private long windows() {
        long count = 0;
        for (long pfn = window(0); pfn >= 0 && count <= mostRemembered; pfn = window(pfn + PageBits.FRAMES)) {
            count++;
        }
        return count;
    }

    /// Goes back to the first window.
    void restart() {
        if (!remembers) {
            Arrays.fill(found, 0);
            excluded.clear();
            notClassified = 0;
            classifier.ifPresent(PageClassifier::restart);
        }
    }

    /// The first page frame of the next window with memory in it, from the window that begins with `pfn` on;
    /// -1 if
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
        long[] known = remembered.get(firstPfn);
        if (known != null) {
            System.arraycopy(known, 0, kept.words(), 0, known.length);
            return;
        }
        kept.copy(0, PageBits.FRAMES, memory);
        boolean classified = classifier.isPresent() && exclude(classifier.get(), firstPfn, memory, kept);
        decide(classified, firstPfn, memory, kept);
        if (remembers) {
            remembered.put(firstPfn, kept.words().clone());
        }
    }

    /// A window whose mem_map cannot be read is kept as a whole.
    ///
    /// @return whether it could be read
    private boolean exclude(PageClassifier pages, long firstPfn, PageBits memory, PageBits kept) {
        try {
            pages.classify(firstPfn, memory);
        } catch (IOException | MalformedInputException problem) {
            failure = failure.or(() -> Optional.of(problem.getMessage()));
            notClassified += kept.count();
            return false;
        }
        int to;
        for (int from = 0; from < PageBits.FRAMES; from = to) {
            to = pages.next(from);
            PageKind kind = pages.of(from);
            found[kind.ordinal()] += memory.count(from, to);
            if (level.excludes(kind.fate())) {
                kept.clear(from, to);
            }
        }
        witnesses.symbols().subMap(firstPfn, firstPfn + PageBits.FRAMES).forEach((pfn, symbol) -> {
            PageKind kind = pages.of((int) (pfn - firstPfn));
            if (kind.fate() != PageClass.WRITTEN) {
                accused.putIfAbsent(kind.fate(), symbol);
            }
        });
        keepSmallHoles(memory, kept);
        return true;
    }

    /// Lets filters decide, and counts what is left out.
    private void decide(boolean classified, long firstPfn, PageBits memory, PageBits kept) {
        if (decisions.selectsPages()) {
            decisions.apply(firstPfn, classified ? readable(memory) : memory, kept);
        }
        PageBits left = PageBits.without(memory, kept);
        for (int from = left.next(0, true); from < PageBits.FRAMES; ) {
            int to = classified ? classifier.orElseThrow().next(from) : PageBits.FRAMES;
            PageClass fate = classified ? classifier.orElseThrow().of(from).fate() : PageClass.WRITTEN;
            PageClass why = level.excludes(fate) ? fate : PageClass.FILTERED;
            excluded.merge(why, (long) left.count(from, to), Long::sum);
            from = left.next(to, true);
        }
    }

    /// The memory of a window without what is never read.
    private PageBits readable(PageBits memory) {
        PageClassifier pages = classifier.orElseThrow();
        PageBits readable = new PageBits();
        readable.copy(0, PageBits.FRAMES, memory);
        for (int from = 0; from < PageBits.FRAMES; from = pages.next(from)) {
            if (DumpLevel.EVERYTHING.excludes(pages.of(from).fate())) {
                readable.clear(from, pages.next(from));
            }
        }
        return readable;
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

    /// How many pages of a kind there are in the windows so far, whether left out or not.
    long found(PageKind kind) {
        return found[kind.ordinal()];
    }

    /// The classes that a page was taken for which is the kernel's own, and what of it is there.
    Map<PageClass, String> accused() {
        return accused;
    }

    /// How many pages of each class were left out of the windows so far.
    Map<PageClass, Long> excluded() {
        return excluded;
    }

    /// What could not be found out, as a sentence.
    Optional<String> problem() {
        long unknown =
                notClassified + classifier.map(PageClassifier::unreadable).orElse(0L);
        return unknown == 0
                ? Optional.empty()
                : Optional.of("what " + unknown + " pages are for could not be found out, so they are in the dump"
                        + failure.map(reason -> ": " + reason).orElse(": the mem_map cannot be read there"));
    }
}
