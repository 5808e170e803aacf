package org.kdump.capture;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.kdump.vmcore.MappedMemory;
import org.kdump.vmcore.PageBatch;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.codec.PageCompressor;

/// Reads pages of the source, compresses them and puts them into a batch; for one thread at a time.
final class PageReader implements AutoCloseable {
    /// With room for what compression adds at worst, a page that it makes larger is no error for the codec to tell of.
    private static final int ROOM = 1024;

    private final Vmcore source;
    private final List<PhysicalRange> ranges;
    private final int pageSize;
    private final PageCodec codec;
    private final PageCompressor compressor;
    private final Arena arena = Arena.ofShared();
    private final boolean sharing;
    private final byte[] zeroes;
    private final byte[] compressed;
    private MemorySegment buffer = MemorySegment.NULL;
    private String reason = "";
    private byte[] page;
    /// The last page with data, and its group; -1 for none.
    private byte[] previous;
    private long previousGroup = -1;

    /// @param ranges the source's memory
    /// @param sharing whether the format lets pages that are the same share their data
    PageReader(Vmcore source, List<PhysicalRange> ranges, PageCodec codec, PageCompressor compressor, boolean sharing) {
        this.source = source;
        this.ranges = ranges;
        this.codec = codec;
        pageSize = source.pageSize();
        this.compressor = compressor;
        this.sharing = sharing;
        page = new byte[pageSize];
        previous = new byte[pageSize];
        zeroes = new byte[pageSize];
        compressed = new byte[pageSize + ROOM];
    }

    /// Puts the pages of `job` into its batch.
    void fill(PageJob job) {
        job.batch().clear();
        reason = "";
        previousGroup = -1;
        int first = job.next(0, true);
        long start = (job.firstPfn() + first) * pageSize;
        long length = (job.last() + 1L - first) * pageSize;
        try (Arena window = Arena.ofConfined()) {
            Optional<MemorySegment> mapped = map(start, length, window);
            for (int from = first; from < job.frames(); from = job.next(from, true)) {
                int to = job.next(from, false);
                if (mapped.isPresent()) {
                    copy(job, from, to, mapped.get().asSlice((long) (from - first) * pageSize));
                } else {
                    read(job, from, to);
                }
                from = to;
            }
        }
        job.reason(reason);
    }

    private Optional<MemorySegment> map(long start, long length, Arena window) {
        try {
            return source.map(start, length, window);
        } catch (IOException notMappable) {
            // Reading tells why, page by page.
            return Optional.empty();
        }
    }

    private void copy(PageJob job, int from, int to, MemorySegment mapped) {
        for (int frame = from; frame < to; frame++) {
            long pfn = job.firstPfn() + frame;
            try {
                MemorySegment.copy(mapped, (long) (frame - from) * pageSize, MemorySegment.ofArray(page), 0, pageSize);
                MappedMemory.check();
                add(job.batch(), pfn);
            } catch (InternalError fault) {
                // So the JVM tells of SIGBUS: the page behind the mapping cannot be had.
                readOne(job.batch(), pfn);
            }
        }
    }

    private void read(PageJob job, int from, int to) {
        int frame = from;
        while (frame < to) {
            MemorySegment target = buffer(job.frames()).asSlice(0, (long) (to - frame) * pageSize);
            int whole = readRow(job.firstPfn() + frame, target);
            for (int i = 0; i < whole; i++) {
                MemorySegment.copy(target, (long) i * pageSize, MemorySegment.ofArray(page), 0, pageSize);
                add(job.batch(), job.firstPfn() + frame + i);
            }
            frame += whole;
            if (frame < to) {
                readOne(job.batch(), job.firstPfn() + frame);
                frame++;
            }
        }
    }

    /// @return how many whole pages were read
    private int readRow(long pfn, MemorySegment target) {
        try {
            return (int) (source.read(pfn * pageSize, target) / pageSize);
        } catch (IOException problem) {
            // One bad page fails the row: page by page, all the others are had.
            return 0;
        }
    }

    private MemorySegment buffer(int pages) {
        long size = (long) pages * pageSize;
        if (buffer.byteSize() < size) {
            buffer = arena.allocate(size, Long.BYTES);
        }
        return buffer;
    }

    /// Reads a page that may be memory only in part, or not be there.
    private void readOne(PageBatch batch, long pfn) {
        try {
            switch (read(pfn)) {
                case PRESENT, ABSENT -> add(batch, pfn);
                case EXCLUDED -> batch.add(pfn, PageBatch.Kind.EXCLUDED);
                case MISSING -> lose(batch, pfn, "it is missing from the source");
            }
        } catch (IOException problem) {
            lose(batch, pfn, problem.getMessage());
        }
    }

    private void lose(PageBatch batch, long pfn, String why) {
        reason = reason.isEmpty() ? why : reason;
        batch.add(pfn, PageBatch.Kind.UNREADABLE);
    }

    private Presence read(long pfn) throws IOException {
        Arrays.fill(page, (byte) 0);
        long start = pfn * pageSize;
        for (PhysicalRange range : ranges) {
            long from = Math.max(start, range.start());
            long to = Math.min(start + pageSize, range.end());
            if (from < to) {
                MemorySegment target = MemorySegment.ofArray(page).asSlice(from - start, to - from);
                long read = source.read(from, target);
                if (read < to - from) {
                    Presence presence = source.presence(from + read);
                    return presence == Presence.EXCLUDED ? Presence.EXCLUDED : Presence.MISSING;
                }
            }
        }
        return Presence.PRESENT;
    }

    private void add(PageBatch batch, long pfn) {
        if (Arrays.mismatch(page, zeroes) < 0) {
            batch.add(pfn, PageBatch.Kind.ZERO);
            return;
        }
        long group = pfn / PageBatch.GROUP;
        if (sharing && group == previousGroup && Arrays.equals(page, previous)) {
            batch.add(pfn, PageBatch.Kind.REPEATED);
            return;
        }
        int size = codec == PageCodec.NONE ? -1 : compressor.compress(page, pageSize, compressed);
        if (size > 0 && size < pageSize) {
            batch.add(pfn, PageBatch.Kind.COMPRESSED, compressed, size);
        } else {
            batch.add(pfn, PageBatch.Kind.STORED, page, pageSize);
        }
        byte[] free = previous;
        previous = page;
        page = free;
        previousGroup = group;
    }

    @Override
    public void close() {
        compressor.close();
        arena.close();
    }
}
