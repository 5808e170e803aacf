package org.kdump.capture;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.DumpOutput;
import org.kdump.vmcore.DumpWriter;
import org.kdump.vmcore.FileOutput;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.diskdump.DiskdumpWriter;
import org.kdump.vmcore.elfcore.ElfCoreWriter;
import org.kdump.vmcore.paging.VirtualMemory;

/// Takes a dump: reads a crashed machine's memory, leaves out what the level says, compresses and writes the rest.
///
/// It goes over the memory twice. The first time it reads the mem_map only, and finds out which pages are left out; the
/// second time it reads each page that is not, once. Both go by windows of 32768 pages, and the bitmaps stand in the
/// file: memory is a few MiB a thread, whatever the machine has.
public final class Capture {
    private final Vmcore source;
    private final CaptureRequest request;
    private final TargetFile file;
    private final DumpOutput output;
    private final CaptureLog log;
    private final List<PhysicalRange> ranges;
    private final PageBits memory = new PageBits();
    private final PageBits kept = new PageBits();
    private DumpLevel level;
    private long pagesToWrite;

    private Capture(Vmcore source, CaptureRequest request, TargetFile file, ProgressListener listener)
            throws IOException {
        this.source = source;
        this.request = request;
        this.file = file;
        output = new FileOutput(file.incomplete().toString(), file.channel());
        log = new CaptureLog(listener, source.pageSize(), output::size);
        ranges = source.memory();
        level = request.level();
    }

    /// Takes a dump.
    ///
    /// Once the file is created, what goes wrong is told by the result, and what could be had is in the file.
    ///
    /// @param source stays open
    /// @param target appears when the dump is complete, readable by its owner only; until then, and if it never is,
    ///     there is a file with `.incomplete` at the end of its name
    /// @throws IOException if the target cannot be created, or is there already and may not be
    ///     replaced; the message is a line for the user
    public static CaptureResult run(Vmcore source, Path target, CaptureRequest request, ProgressListener listener)
            throws IOException {
        long start = System.nanoTime();
        try (TargetFile file = TargetFile.create(target, request.force())) {
            Capture capture = new Capture(source, request, file, listener);
            boolean complete = capture.run();
            return new CaptureResult(
                    complete ? target : file.incomplete(),
                    complete,
                    capture.level,
                    capture.log.pages(),
                    source.memory().stream().mapToLong(PhysicalRange::length).sum(),
                    capture.output.size(),
                    Duration.ofNanos(System.nanoTime() - start),
                    capture.log.problems());
        }
    }

    private boolean run() {
        source.problems().forEach(log::problem);
        try {
            Selection selection = selection();
            DumpWriter writer = switch (request.format()) {
                case KDUMP -> writeKdump(selection);
                case ELF -> writeElf(selection);
            };
            log.begin(Progress.Stage.FINISH, 1);
            boolean complete = log.pages().get(PageClass.LOST) == 0;
            writer.finish(complete);
            writer.problems().forEach(log::problem);
            if (complete) {
                file.commit();
            }
            log.end();
            return complete;
        } catch (IOException problem) {
            log.problem(problem.getMessage());
            log.countRest(PageClass.LOST, memoryPages());
            return false;
        }
    }

    private long memoryPages() {
        long pageSize = source.pageSize();
        return ranges.stream()
                .mapToLong(range -> (range.end() + pageSize - 1) / pageSize - range.start() / pageSize)
                .sum();
    }

    private Selection selection() throws IOException {
        long hole = request.format() == DumpFormat.ELF ? ElfCoreWriter.smallestHole(source) : 1;
        return new Selection(ranges, source.pageSize(), freePages(), hole);
    }

    /// Empty if free pages are kept: because they were asked for, or because they cannot be told. A dump that is larger
    /// than asked for is better than none.
    private Optional<FreePages> freePages() {
        if (!level.excludesFree()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new FreePages(VirtualMemory.kernel(source)));
        } catch (IOException | MalformedInputException problem) {
            log.problem("free pages cannot be told from others, so they are in the dump: " + problem.getMessage());
            level = level.withFree();
            return Optional.empty();
        }
    }

    private DumpWriter writeKdump(Selection selection) throws IOException {
        DiskdumpWriter writer =
                new DiskdumpWriter(output, source, SourceName.of(source), request.codec(), level.bits());
        classify(selection, firstPfn -> writer.select(firstPfn, memory.words(), kept.words()));
        writer.beginPages(pagesToWrite);
        copy(writer, request.codec(), selection, firstPfn -> writer.selected(firstPfn, kept.words()));
        return writer;
    }

    private DumpWriter writeElf(Selection selection) throws IOException {
        ElfCoreWriter writer = new ElfCoreWriter(output, source, !level.excludesZero());
        classify(selection, firstPfn -> {});
        // An ELF core has no bitmap to read back from; the mem_map is still as it was.
        Selection again = selection();
        copy(writer, PageCodec.NONE, again, firstPfn -> again.select(firstPfn, memory, kept));
        return writer;
    }

    /// Does something with a window; [#memory] and [#kept] are those of that window.
    @FunctionalInterface
    private interface WindowStep {
        void accept(long firstPfn) throws IOException;
    }

    private void classify(Selection selection, WindowStep step) throws IOException {
        log.begin(Progress.Stage.CLASSIFY, source.maxPfn());
        forEachWindow(selection, firstPfn -> {
            selection.select(firstPfn, memory, kept);
            int writes = kept.count();
            pagesToWrite += writes;
            log.count(PageClass.FREE, memory.count() - writes);
            step.accept(firstPfn);
            log.advance(PageBits.FRAMES);
        });
        selection.problem().ifPresent(log::problem);
        log.end();
    }

    private void copy(DumpWriter writer, PageCodec codec, Selection selection, WindowStep readKept) throws IOException {
        log.begin(Progress.Stage.WRITE, pagesToWrite);
        try (Pipeline pipeline = new Pipeline(writer, log, source.pageSize(), request.threads(), () -> reader(codec))) {
            forEachWindow(selection, firstPfn -> {
                readKept.accept(firstPfn);
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
        return new PageReader(source, ranges, codec, request.codecLevel());
    }

    private static void forEachWindow(Selection selection, WindowStep step) throws IOException {
        for (long pfn = selection.window(0); pfn >= 0; pfn = selection.window(pfn + PageBits.FRAMES)) {
            step.accept(pfn);
        }
    }
}
