package org.kdump.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Utsname;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.diskdump.DiskdumpWriter;
import org.kdump.vmcore.paging.VirtualMemory;

/// Takes a dump: sorts the pages of a source, compresses those that are wanted, writes them.
///
/// Two passes: the first sorts the page frames, window by window, by the kernel's own array of `struct page`; the
/// second
/// reads and writes the pages. What it needs of memory does not depend on the machine's.
public final class Capture {
    private final Vmcore source;
    private final CaptureRequest request;
    private final Progress progress;
    private final List<String> problems = new ArrayList<>();
    private final long start = System.nanoTime();
    private final Optional<VirtualMemory> memory;
    private DumpLevel level;

    private long zero;
    private long unreadable;
    private long written;
    private long firstHole = -1;

    private Capture(Vmcore source, CaptureRequest request, Progress progress) {
        this.source = source;
        this.request = request;
        this.progress = progress;
        this.level = request.level();
        this.memory = memory();
        problems.addAll(source.problems());
    }

    /// Takes a dump.
    ///
    /// @param source the dead machine's memory: `/proc/vmcore`, or a dump that exists
    /// @param target the file to write, with mode 0600: `TARGET.incomplete` until it is complete
    /// @param progress is told how far it is
    /// @return what was written; not complete if pages could not be read
    /// @throws java.nio.file.FileAlreadyExistsException if the target exists and is not to be replaced
    /// @throws IOException if it cannot be written; what was written stays as `TARGET.incomplete`, and opens
    public static CaptureResult run(Vmcore source, Path target, CaptureRequest request, Progress progress)
            throws IOException {
        Capture capture = new Capture(source, request, progress);
        try (DumpFile file = new DumpFile(target, request.overwrite())) {
            CaptureResult result = switch (request.format()) {
                case KDUMP -> capture.kdump(file);
                case ELF -> new ElfCapture(source, capture.frames(), capture.level, progress).write(file, capture);
            };
            if (result.isComplete()) {
                file.complete();
            }
            return result;
        }
    }

    private Optional<VirtualMemory> memory() {
        try {
            return Optional.of(VirtualMemory.kernel(source));
        } catch (IOException | MalformedInputException e) {
            problems.add("the kernel's memory cannot be read: " + e.getMessage());
            return Optional.empty();
        }
    }

    /// What sorts the frames. If free pages cannot be told they are kept: a dump too large is better than a hole in it.
    private Frames frames() throws IOException {
        Optional<FreePages> free = Optional.empty();
        if (level.withoutFree()) {
            try {
                free = memory.map(FreePages::new);
            } catch (MalformedInputException e) {
                problems.add("free pages cannot be told: " + e.getMessage());
            }
            if (free.isEmpty()) {
                problems.add("free pages were not left out");
                level = level.keepingFree();
            }
        }
        return new Frames(source, free);
    }

    private CaptureResult kdump(DumpFile file) throws IOException {
        Frames frames = frames();
        DiskdumpWriter writer =
                new DiskdumpWriter(file.channel(), source, utsname(), level.bits(), request.codec(), frames.end());
        long dumped = sort(frames, writer);
        writer.startPages(dumped);
        try (Pipeline pipeline = new Pipeline(source, request, batch -> append(batch, writer))) {
            writePages(frames, writer, pipeline, dumped);
        }
        writer.finish(unreadable == 0);
        return result(frames, file, writer.size());
    }

    private long sort(Frames frames, DiskdumpWriter writer) throws IOException {
        long dumped = 0;
        for (long first = 0; first < frames.end(); first += Frames.WINDOW) {
            if (frames.sort(first)) {
                writer.bitmaps(first, frames.present(), frames.dumped());
                dumped += frames.dumped().cardinality();
            }
            progress.at("sort", Math.min(first + Frames.WINDOW, frames.end()), frames.end(), 0);
        }
        return dumped;
    }

    private void writePages(Frames frames, DiskdumpWriter writer, Pipeline pipeline, long total) throws IOException {
        long done = 0;
        for (long first = 0; first < frames.end(); first += Frames.WINDOW) {
            BitSet dumped = writer.dumped(first, Frames.WINDOW);
            for (int i = dumped.nextSetBit(0); i >= 0; i = dumped.nextSetBit(i + 1)) {
                pipeline.add(first + i);
                if ((++done & 0xfff) == 0) {
                    progress.at("write", done, total, writer.size());
                }
            }
        }
        pipeline.drain();
        progress.at("write", Math.max(total, 1), Math.max(total, 1), writer.size());
    }

    private void append(PageBatch batch, DiskdumpWriter writer) throws IOException {
        for (int i = 0; i < batch.count(); i++) {
            count(batch.sizes()[i], batch.frame(i));
        }
        writer.append(batch.count(), batch.sizes(), batch.codecs(), batch.data(), batch.length());
    }

    /// Counts a page by what became of it.
    void count(int size, long frame) {
        switch (size) {
            case DiskdumpWriter.ZERO -> zero++;
            case DiskdumpWriter.UNREADABLE -> {
                unreadable++;
                firstHole = firstHole < 0 ? frame : firstHole;
            }
            default -> written++;
        }
    }

    private Utsname utsname() {
        OptionalLong address = Utsname.address(source.info());
        if (memory.isPresent() && address.isPresent()) {
            try {
                MemorySegment bytes = MemorySegment.ofArray(memory.get().bytes(address.getAsLong(), Utsname.SIZE));
                return Utsname.read(new ByteCursor(source.name(), -1, "new_utsname", bytes, source.byteOrder()));
            } catch (IOException e) {
                problems.add("the machine's name cannot be read: " + e.getMessage());
            }
        }
        String release = source.info().release().orElse("");
        return new Utsname("Linux", "", release, "", source.architecture().kernelName(), "");
    }

    /// Sums up.
    CaptureResult result(Frames frames, DumpFile file, long bytes) {
        if (unreadable > 0) {
            problems.add(unreadable + " pages could not be read, the first at physical address 0x"
                    + Long.toHexString(firstHole * source.pageSize()) + "; the dump stays " + file.partial());
        }
        return new CaptureResult(
                frames.pages(),
                written,
                zero,
                frames.free(),
                frames.notInSource(),
                unreadable,
                bytes,
                source.pageSize(),
                Duration.ofNanos(System.nanoTime() - start),
                List.copyOf(problems));
    }
}
