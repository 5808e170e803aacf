package org.kdump.capture;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.DumpOutput;
import org.kdump.vmcore.DumpWriter;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.diskdump.SplitWriter;
import org.kdump.vmcore.elfcore.ElfCoreWriter;
import org.kdump.vmcore.paging.VirtualMemory;
import org.kdump.vmcore.raw.RawWriter;

/// Takes a dump: reads a crashed machine's memory, leaves out what the level says, compresses and writes the
/// rest.
///
/// First it reads the mem_map only, compares what it finds with the kernel's own counters, and notes which
/// pages are
/// left
/// out; then it reads each page that is not, once. Both go by windows of 32768 pages, so memory is a few MiB
/// a thread,
/// whatever the machine has.
public final class Capture {
    private static final List<PageClass> CLASSIFIED =
            List.of(PageClass.FREE, PageClass.USER, PageClass.PRIVATE_CACHE, PageClass.CACHE);

    private final Vmcore source;
    private final CaptureRequest request;
    private final Targets targets;
    private final CaptureLog log;
    private final FilterDecisions decisions;
    private final List<PhysicalRange> ranges;
    private final PageBits memory = new PageBits();
    private final PageBits kept = new PageBits();
    private DumpLevel level;
    private Selection selection;
    private Optional<MemoryMapTrim> trim = Optional.empty();
    private long trimmed;
    private long pagesToWrite;
    private FirstPages firstPages = FirstPages.none();

    private Capture(
            Vmcore source,
            CaptureRequest request,
            FilterDecisions decisions,
            Targets targets,
            ProgressListener listener)
            throws IOException {
        this.source = source;
        this.request = request;
        this.decisions = decisions;
        this.targets = targets;
        log = new CaptureLog(listener, source.pageSize(), targets::size);
        ranges = source.memory();
        level = request.level();
    }

    /// Takes a dump.
    ///
    /// Once the file is created, what goes wrong is told by the result, and what could be had is in the file.
    ///
    /// @param source stays open
    /// @param target appears when the dump is complete, readable by its owner only; until then, and if it
    ///     never is,
    ///     there is a file with `.incomplete` at the end of its name
    /// @throws IOException if the target cannot be created, or is there already and may not be
    ///     replaced, or a filter cannot decide; the message is a line for the user
    public static CaptureResult run(Vmcore source, Path target, CaptureRequest request, ProgressListener listener)
            throws IOException {
        return run(source, List.of(target), request, listener);
    }

    /// Takes a dump that is split into several files of about as many pages each.
    ///
    /// @param paths one for each part; only the kdump format can be split
    /// @throws IOException as [#run(Vmcore, Path, CaptureRequest, ProgressListener)]
    /// @throws IllegalArgumentException if the format is another and the paths are more than one
    public static CaptureResult run(Vmcore source, List<Path> paths, CaptureRequest request, ProgressListener listener)
            throws IOException {
        if (paths.size() > 1 && request.format() != DumpFormat.KDUMP) {
            throw new IllegalArgumentException("only a dump of the kdump format can be split");
        }
        FilterDecisions decisions = FilterDecisions.of(source, request.rules());
        try (Targets targets = Targets.files(paths, request)) {
            return run(source, targets, request, decisions, listener);
        }
    }

    /// Takes a dump and sends it away while it is taken, in one of the flattened formats.
    ///
    /// @param name of the stream, for the result and for errors
    /// @param stream stays open
    /// @throws IOException if not even the start can be written
    /// @throws IllegalArgumentException if the format is another
    public static CaptureResult run(
            Vmcore source, String name, WritableByteChannel stream, CaptureRequest request, ProgressListener listener)
            throws IOException {
        if (!request.format().isFlattened()) {
            throw new IllegalArgumentException("only a dump of a flattened format can be written to a pipe");
        }
        FilterDecisions decisions = FilterDecisions.of(source, request.rules());
        try (Targets targets = Targets.stream(name, stream)) {
            return run(source, targets, request, decisions, listener);
        }
    }

    /// Does all that taking a dump is, but keeps nothing of it: the result says what it would be.
    ///
    /// @param name of what would be written, for the result
    /// @throws IOException if the source cannot be read
    public static CaptureResult dryRun(Vmcore source, Path name, CaptureRequest request, ProgressListener listener)
            throws IOException {
        FilterDecisions decisions = FilterDecisions.of(source, request.rules());
        try (Targets targets = Targets.none(name)) {
            return run(source, targets, request, decisions, listener);
        }
    }

    private static CaptureResult run(
            Vmcore source,
            Targets targets,
            CaptureRequest request,
            FilterDecisions decisions,
            ProgressListener listener)
            throws IOException {
        long start = System.nanoTime();
        Capture capture = new Capture(source, request, decisions, targets, listener);
        boolean complete = capture.run();
        return new CaptureResult(
                targets.place(complete),
                complete,
                capture.level,
                capture.log.pages(),
                source.memory().stream().mapToLong(PhysicalRange::length).sum(),
                targets.size(),
                Duration.ofNanos(System.nanoTime() - start),
                decisions.report(),
                capture.log.problems());
    }

    private boolean run() {
        source.problems().forEach(log::problem);
        decisions.problems().forEach(log::problem);
        if (request.format().isCompressed()) {
            LibDeflateCompressor.prepare(request.codec());
        }
        try {
            settleLevel();
            DumpWriter writer = switch (request.format()) {
                case KDUMP, FLATTENED -> writeKdump();
                case ELF, FLATTENED_ELF ->
                    writePlain(new ElfCoreWriter(
                            output(), source, decisions.notes(source), !level.excludes(PageClass.ZERO)));
                case RAW -> writePlain(new RawWriter(output(), source));
            };
            log.begin(Progress.Stage.FINISH, 1);
            boolean complete = log.pages().get(PageClass.LOST) == 0;
            writer.finish(complete);
            writer.problems().forEach(log::problem);
            if (complete) {
                targets.commit();
            }
            log.end();
            return complete;
        } catch (IOException problem) {
            log.problem(problem.getMessage());
            log.countRest(PageClass.LOST, memoryPages());
            return false;
        }
    }

    private DumpOutput output() {
        return targets.outputs().getFirst();
    }

    private long memoryPages() {
        long pageSize = source.pageSize();
        return ranges.stream()
                .mapToLong(range -> (range.end() + pageSize - 1) / pageSize - range.start() / pageSize)
                .sum();
    }

    private Selection newSelection() throws IOException {
        long hole = request.format().isElf() ? ElfCoreWriter.smallestHole(source) : 1;
        return new Selection(
                ranges,
                source.pageSize(),
                classifier(),
                level,
                hole,
                Witnesses.of(source),
                decisions,
                request.memory() / 3);
    }

    /// Empty if pages cannot be told from others: a dump that is larger than asked for is better than none.
    /// That is no
    /// problem to tell if nothing but zero pages was to be left out.
    private Optional<PageClassifier> classifier() {
        try {
            PageClassifier classifier = new PageClassifier(VirtualMemory.kernel(source), level);
            withhold(classifier.unknown(), "cannot be told from others");
            return Optional.of(classifier);
        } catch (IOException | MalformedInputException problem) {
            Map<PageClass, String> all = new EnumMap<>(PageClass.class);
            CLASSIFIED.forEach(what -> all.put(what, problem.getMessage()));
            withhold(all, "cannot be told from others");
            return Optional.empty();
        }
    }

    /// Keeps the pages of classes that were to be left out.
    ///
    /// @param reasons a sentence for each class
    private void withhold(Map<PageClass, String> reasons, String because) {
        DumpLevel before = level;
        Map<String, String> labels = new LinkedHashMap<>();
        reasons.forEach((what, reason) -> {
            if (before.excludes(what)) {
                level = level.with(what);
                labels.merge(reason, what.label(), (some, more) -> some + ", " + more);
            }
        });
        labels.forEach((reason, some) -> {
            String sentence = some + " pages " + because + ", so they are in the dump: " + reason;
            log.problem(sentence);
            decisions.remark(sentence);
        });
    }

    private DumpWriter writeKdump() throws IOException {
        // A source that was filtered before has less than our level says.
        int applied = level.bits() | source.dumpLevel().orElse(0);
        // What is scrubbed must not be in the header either.
        Vmcore scrubbed = decisions.scrubbed(source);
        SplitWriter writer =
                new SplitWriter(targets.outputs(), scrubbed, SourceName.of(scrubbed), request.codec(), applied);
        classify(firstPfn -> writer.select(firstPfn, memory.words(), kept.words()));
        writer.beginPages(pagesToWrite);
        writeFirst(writer, request.codec());
        if (targets.isStream()) {
            copy(writer, request.codec(), this::select);
        } else {
            copy(writer, request.codec(), firstPfn -> writer.selected(firstPfn, kept.words()));
        }
        return writer;
    }

    private DumpWriter writePlain(DumpWriter writer) throws IOException {
        classify(firstPfn -> {});
        writeFirst(writer, PageCodec.NONE);
        // There is no bitmap to read back from; the mem_map is still as it was.
        copy(writer, PageCodec.NONE, this::select);
        return writer;
    }

    /// Finds out which pages of a window go into the dump.
    ///
    /// @return how many of the others the source has no more
    private int select(long firstPfn) throws IOException {
        selection.select(firstPfn, memory, kept);
        trim.ifPresent(pages -> trimmed += pages.apply(firstPfn, kept));
        int before = kept.count();
        if (source.isFiltered()) {
            for (int frame = kept.next(0, true); frame < PageBits.FRAMES; frame = kept.next(frame + 1, true)) {
                if (source.presence((firstPfn + frame) * source.pageSize()) == Presence.EXCLUDED) {
                    kept.clear(frame, frame + 1);
                }
            }
        }
        return before - kept.count();
    }

    /// Does something with a window; [#memory] and [#kept] are those of that window.
    @FunctionalInterface
    private interface WindowStep {
        void accept(long firstPfn) throws IOException;
    }

    /// Classifies all pages once before anything is written, and compares with what the kernel itself
    /// counted: a class
    /// of pages that does not agree is kept.
    private void settleLevel() throws IOException {
        log.begin(Progress.Stage.CLASSIFY, 2 * source.maxPfn());
        selection = newSelection();
        if (level.excludesClassified()) {
            DumpLevel before = level;
            Optional<FutureTask<KernelCounters>> counted =
                    request.rules().countersCompared() ? Optional.of(KernelCounters.begin(source)) : Optional.empty();
            classifyOnce(firstPfn -> {});
            SelfCheck check = SelfCheck.of(source, selection, counted);
            check.problem().ifPresent(log::problem);
            withhold(check.doubts(), "cannot be trusted");
            selection = level.bits() == before.bits() ? selection : newSelection();
        }
        if (request.rules().memoryMapTrimmed()) {
            trim = trim();
        }
    }

    private Optional<MemoryMapTrim> trim() throws IOException {
        try {
            MemoryMapTrim found = new MemoryMapTrim(VirtualMemory.kernel(source));
            forEachWindow(firstPfn -> {
                selection.select(firstPfn, memory, kept);
                found.note(firstPfn, memory, kept);
            });
            return Optional.of(found);
        } catch (MalformedInputException unknown) {
            log.problem("the mem_map is in the dump as a whole: " + unknown.getMessage());
            return Optional.empty();
        }
    }

    private void classify(WindowStep step) throws IOException {
        // Of a source that was filtered before, places may change when a page turns out to be missing.
        firstPages = request.rules().logFirst() && !source.isFiltered() ? firstPages() : FirstPages.none();
        trimmed = 0;
        long absent = classifyOnce(step);
        log.count(PageClass.MEMORY_MAP, trimmed);
        log.count(PageClass.NOT_IN_SOURCE, absent);
        selection.excluded().forEach(log::count);
        selection.problem().ifPresent(log::problem);
        log.end();
    }

    /// @return how many pages the source has no more
    private long classifyOnce(WindowStep step) throws IOException {
        pagesToWrite = 0;
        long[] absent = {0};
        forEachWindow(firstPfn -> {
            absent[0] += select(firstPfn);
            firstPages.place(firstPfn, kept, pagesToWrite);
            pagesToWrite += kept.count();
            step.accept(firstPfn);
            log.advance(PageBits.FRAMES);
        });
        return absent[0];
    }

    private FirstPages firstPages() throws IOException {
        try {
            return FirstPages.of(source);
        } catch (MalformedInputException unknown) {
            log.problem("the log cannot be written first: " + unknown.getMessage());
            return FirstPages.none();
        }
    }

    private void writeFirst(DumpWriter writer, PageCodec codec) throws IOException {
        if (firstPages.isEmpty()) {
            return;
        }
        try (PageReader reader = reader(codec)) {
            if (!firstPages.write(writer, reader, source.pageSize(), log)) {
                firstPages = FirstPages.none();
            }
        }
    }

    private void copy(DumpWriter writer, PageCodec codec, WindowStep readKept) throws IOException {
        log.begin(Progress.Stage.WRITE, pagesToWrite);
        try (Pipeline pipeline = new Pipeline(
                writer, log, source.pageSize(), request.threads(), request.memory() / 3 * 2, () -> reader(codec))) {
            forEachWindow(firstPfn -> {
                readKept.accept(firstPfn);
                firstPages.removeFrom(firstPfn, kept);
                pipeline.copy(firstPfn, kept);
            });
            pipeline.finish();
        } catch (IOException problem) {
            long lost = log.countRest(PageClass.LOST, memoryPages());
            log.problem(
                    problem.getMessage() + "; the last " + lost + " of " + pagesToWrite + " pages are not in the dump");
        }
        log.end();
    }

    private PageReader reader(PageCodec codec) {
        return new PageReader(
                decisions.scrubbed(source),
                ranges,
                codec,
                LibDeflateCompressor.fastest(codec),
                request.format().isCompressed());
    }

    private void forEachWindow(WindowStep step) throws IOException {
        selection.restart();
        for (long pfn = selection.window(0); pfn >= 0; pfn = selection.window(pfn + PageBits.FRAMES)) {
            step.accept(pfn);
        }
    }
}
