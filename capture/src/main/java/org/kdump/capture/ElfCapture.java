package org.kdump.capture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import org.kdump.elf.ProgramHeader;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.diskdump.DiskdumpWriter;
import org.kdump.vmcore.elfcore.ElfCoreVmcore;
import org.kdump.vmcore.elfcore.ElfCoreWriter;
import org.kdump.vmcore.elfcore.ElfCoreWriter.View;
import org.kdump.vmcore.paging.Translation;
import org.kdump.vmcore.paging.VirtualMemory;

/// Takes a dump in ELF core format, whose headers say before the first page which pages follow.
///
/// So the first pass lists the runs of kept pages, and reads all pages once more if zeroes are left out. When the list
/// gets long, holes that are too short to pay are filled up and the limit of shortness is doubled.
final class ElfCapture {
    /// Runs at most; with the views of each a file's 65535 segments are not reached.
    private static final int MOST_RUNS = 20_000;

    private final Vmcore source;
    private final Frames frames;
    private final DumpLevel level;
    private final Progress progress;
    private final int pageSize;
    private final PageBatch batch;
    private List<PhysicalRange> runs = new ArrayList<>();
    private long shortest;

    ElfCapture(Vmcore source, Frames frames, DumpLevel level, Progress progress) {
        this.source = source;
        this.frames = frames;
        this.level = level;
        this.progress = progress;
        this.pageSize = source.pageSize();
        this.batch = new PageBatch(pageSize);
        this.shortest = pageSize;
    }

    CaptureResult write(DumpFile file, Capture capture) throws IOException {
        for (long first = 0; first < frames.end(); first += Frames.WINDOW) {
            if (frames.sort(first)) {
                listRuns(first, frames.dumped(), capture);
            }
            progress.at("sort", Math.min(first + Frames.WINDOW, frames.end()), frames.end(), 0);
        }
        List<PhysicalRange> kept = withinMemory();
        ElfCoreWriter writer = new ElfCoreWriter(file.channel(), source, views(), kept);
        long total = Math.max(1, kept.stream().mapToLong(PhysicalRange::length).sum());
        long done = 0;
        for (PhysicalRange run : kept) {
            done = copy(run, writer, capture, done, total);
        }
        file.channel().force(true);
        progress.at("write", total / pageSize + 1, total / pageSize + 1, writer.size());
        return capture.result(frames, file, writer.size());
    }

    private void listRuns(long first, BitSet dumped, Capture capture) {
        if (level.withoutZero()) {
            dropZero(first, dumped, capture);
        }
        for (int from = dumped.nextSetBit(0); from >= 0; ) {
            int to = dumped.nextClearBit(from);
            add(new PhysicalRange((first + from) * pageSize, (first + to) * pageSize));
            from = dumped.nextSetBit(to);
        }
    }

    private void dropZero(long first, BitSet dumped, Capture capture) {
        for (int next = dumped.nextSetBit(0); next >= 0; ) {
            batch.clear();
            for (; next >= 0 && !batch.isFull(); next = dumped.nextSetBit(next + 1)) {
                batch.add(first + next);
            }
            batch.read(source);
            for (int i = 0; i < batch.count(); i++) {
                if (batch.isZero(i)) {
                    dumped.clear((int) (batch.frame(i) - first));
                    capture.count(DiskdumpWriter.ZERO, batch.frame(i));
                }
            }
        }
    }

    private void add(PhysicalRange run) {
        if (!runs.isEmpty() && run.start() - runs.getLast().end() < shortest) {
            runs.set(runs.size() - 1, new PhysicalRange(runs.getLast().start(), run.end()));
            return;
        }
        runs.add(run);
        if (runs.size() > MOST_RUNS) {
            shortest *= 2;
            List<PhysicalRange> longer = runs;
            runs = new ArrayList<>();
            longer.forEach(this::add);
        }
    }

    /// What a filled hole reaches into beyond the machine's memory is taken back.
    private List<PhysicalRange> withinMemory() throws IOException {
        List<PhysicalRange> kept = new ArrayList<>();
        for (PhysicalRange range : source.memory()) {
            for (PhysicalRange run : runs) {
                long from = Math.max(run.start(), range.start());
                long to = Math.min(run.end(), range.end());
                if (from < to) {
                    kept.add(new PhysicalRange(from, to));
                }
            }
        }
        return kept;
    }

    /// The source's own mappings; a source that is no ELF core gets its direct map.
    private List<View> views() throws IOException {
        if (source instanceof ElfCoreVmcore core) {
            return core.programHeaders().stream()
                    .filter(header -> header.type() == ProgramHeader.PT_LOAD
                            && header.memorySize() > 0
                            && header.physicalAddress() >= 0)
                    .map(ElfCapture::view)
                    .toList();
        }
        long base = directMap();
        return source.memory().stream()
                .map(range -> new View(range, base + range.start()))
                .toList();
    }

    private static View view(ProgramHeader header) {
        long start = header.physicalAddress();
        return new View(new PhysicalRange(start, start + header.memorySize()), header.virtualAddress());
    }

    /// Where physical address 0 is mapped: `mem_section` is allocated at boot and known by its address there.
    private long directMap() throws IOException {
        OptionalLong known = source.info().symbol("mem_section");
        if (known.isPresent()
                && VirtualMemory.kernel(source).space().translate(known.getAsLong())
                        instanceof Translation.Mapped mapped) {
            return known.getAsLong() - mapped.physicalAddress();
        }
        return 0;
    }

    private long copy(PhysicalRange run, ElfCoreWriter writer, Capture capture, long before, long total)
            throws IOException {
        long done = before;
        for (long at = run.start(); at < run.end(); ) {
            batch.clear();
            long frame = at / pageSize;
            for (; frame * pageSize < run.end() && !batch.isFull(); frame++) {
                batch.add(frame);
            }
            batch.read(source);
            for (int i = 0; i < batch.count(); i++) {
                capture.count(batch.isReadable(i) ? pageSize : DiskdumpWriter.UNREADABLE, batch.frame(i));
            }
            int from = (int) (at % pageSize);
            int length = (int) Math.min(run.end() - at, (long) batch.count() * pageSize - from);
            writer.append(ByteBuffer.wrap(batch.raw(), from, length));
            at += length;
            done += length;
            progress.at("write", done / pageSize, total / pageSize + 1, writer.size());
        }
        return done;
    }
}
