package org.kdump.capture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.VirtualMemory;

/// What the memory of a crashed machine was used for, and so what each dump level leaves out of it.
///
/// @param pageSize in bytes
/// @param uses each use that a page can have
/// @param comparisons what was compared with the kernel's own counters, a line each
/// @param problems what could not be told for sure, a sentence each
public record MemoryUsage(int pageSize, List<Use> uses, List<String> comparisons, List<String> problems) {
    /// A use of pages.
    ///
    /// @param label its name for users
    /// @param pages used so
    /// @param zeroPages how many of them are nothing but zeroes; 0 if they must not be read
    /// @param levelBits the bits of a level of which each leaves it out; 0 if none does, all if any level
    ///     does
    public record Use(String label, long pages, long zeroPages, int levelBits) {}

    /// @param uses copied
    /// @param comparisons copied
    /// @param problems copied
    public MemoryUsage {
        uses = List.copyOf(uses);
        comparisons = List.copyOf(comparisons);
        problems = List.copyOf(problems);
    }

    /// Goes through all memory, that of processes and what is free too.
    ///
    /// @throws IOException if the source cannot be read
    /// @throws MalformedInputException if the mem_map of its kernel cannot be found
    public static MemoryUsage of(Vmcore source, ProgressListener listener) throws IOException {
        return new Survey(source, listener).usage();
    }

    /// All pages there are.
    public long pages() {
        return uses.stream().mapToLong(Use::pages).sum();
    }

    /// How many pages are in a dump of a level.
    public long pages(DumpLevel level) {
        boolean zeroes = level.excludes(PageClass.ZERO);
        return uses.stream()
                .filter(use -> use.levelBits() != ~0 && (use.levelBits() & level.bits()) == 0)
                .mapToLong(use -> use.pages() - (zeroes ? use.zeroPages() : 0))
                .sum();
    }

    private static final class Survey {
        private final Vmcore source;
        private final CaptureLog log;
        private final PageClassifier classifier;
        private final Selection selection;
        private final ZeroPages zeroes;
        private final long[] zeroPages = new long[PageKind.values().length];
        private final PageBits memory = new PageBits();
        private final PageBits readable = new PageBits();

        private Survey(Vmcore source, ProgressListener listener) throws IOException {
            this.source = source;
            log = new CaptureLog(listener, source.pageSize(), () -> 0);
            List<PhysicalRange> ranges = source.memory();
            classifier = new PageClassifier(VirtualMemory.kernel(source), DumpLevel.EVERYTHING);
            selection = new Selection(
                    ranges,
                    source.pageSize(),
                    Optional.of(classifier),
                    DumpLevel.EVERYTHING,
                    1,
                    Witnesses.of(source),
                    new FilterDecisions(source.pageSize()),
                    CaptureRequest.STANDARD_MEMORY / 3);
            zeroes = new ZeroPages(source);
        }

        private MemoryUsage usage() throws IOException {
            log.begin(Progress.Stage.CLASSIFY, source.maxPfn());
            for (long pfn = selection.window(0); pfn >= 0; pfn = selection.window(pfn + PageBits.FRAMES)) {
                selection.select(pfn, memory, readable);
                countZeroes(pfn);
                log.advance(PageBits.FRAMES);
            }
            log.end();
            List<Use> uses = new ArrayList<>();
            for (PageKind kind : PageKind.values()) {
                uses.add(new Use(
                        kind.label(),
                        selection.found(kind),
                        zeroPages[kind.ordinal()],
                        kind.fate().levelBits()));
            }
            SelfCheck check = SelfCheck.of(source, selection, Optional.of(KernelCounters.begin(source)));
            return new MemoryUsage(source.pageSize(), uses, check.comparisons(), problems(check));
        }

        private void countZeroes(long firstPfn) throws IOException {
            int from = readable.next(0, true);
            while (from < PageBits.FRAMES) {
                int to = Math.min(classifier.next(from), readable.next(from, false));
                zeroPages[classifier.of(from).ordinal()] += zeroes.count(firstPfn + from, to - from);
                from = readable.next(to, true);
            }
        }

        private List<String> problems(SelfCheck check) {
            List<String> problems = new ArrayList<>(source.problems());
            selection.problem().ifPresent(problems::add);
            check.problem().ifPresent(problems::add);
            for (Map<PageClass, String> doubts : List.of(classifier.unknown(), check.doubts())) {
                doubts.forEach((what, why) -> problems.add(what.label() + " pages cannot be trusted: " + why));
            }
            return problems;
        }
    }
}
