package org.kdump.capture;

import java.io.IOException;
import java.io.Writer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.kdump.kernel.crash.FirstAnswer;
import org.kdump.vmcore.DumpWriter;
import org.kdump.vmcore.ForwardingVmcore;
import org.kdump.vmcore.PageBatch;
import org.kdump.vmcore.Vmcore;

/// The pages that the log and the summary are read from, page tables too. They are written before all others, so that
/// a dump which ends early still tells what happened.
///
/// They are found by reading the log once, so that what is needed is known by what was used. There is a limit to how
/// many they are, and so to what of a very large log comes first.
final class FirstPages {
    private static final int MOST = 8192;
    private static final int AT_ONCE = 64;

    /// How many pages of the dump come before, by page frame number; -1 if that is not known.
    private final NavigableMap<Long, Long> places = new TreeMap<>();

    /// A machine's memory, of which is noted what is read.
    private record Noting(Vmcore source, FirstPages pages) implements ForwardingVmcore {
        @Override
        public long read(long physicalAddress, MemorySegment target) throws IOException {
            long read = source.read(physicalAddress, target);
            if (read > 0) {
                pages.note(physicalAddress / pageSize(), (physicalAddress + read - 1) / pageSize());
            }
            return read;
        }

        /// Does nothing: the source stays its owner's.
        @Override
        public void close() {}
    }

    private FirstPages() {}

    /// None.
    static FirstPages none() {
        return new FirstPages();
    }

    /// Those of a machine.
    ///
    /// @throws IOException if its memory cannot be read
    static FirstPages of(Vmcore source) throws IOException {
        FirstPages pages = new FirstPages();
        try (Noting noting = new Noting(source, pages)) {
            FirstAnswer.write(noting, Writer.nullWriter());
        }
        return pages;
    }

    private void note(long first, long last) {
        for (long pfn = first; pfn <= last && places.size() < MOST; pfn++) {
            places.put(pfn, -1L);
        }
    }

    boolean isEmpty() {
        return places.isEmpty();
    }

    /// Notes where those of a window go in the dump; those that are not kept are none of them any more.
    ///
    /// @param before how many pages of windows before this are kept
    void place(long firstPfn, PageBits kept, long before) {
        var window = places.subMap(firstPfn, firstPfn + PageBits.FRAMES);
        window.keySet().removeIf(pfn -> !kept.get((int) (pfn - firstPfn)));
        window.replaceAll((pfn, place) -> before + kept.count(0, (int) (pfn - firstPfn)));
    }

    /// Writes them. What cannot be read is left to be written in its turn.
    ///
    /// @param reader what the dump is read by
    /// @param log is told of what need not be written again
    /// @return whether they need not be written again
    /// @throws IOException if they cannot be written
    boolean write(DumpWriter writer, PageReader reader, int pageSize, CaptureLog log) throws IOException {
        boolean written = true;
        PageBits chosen = new PageBits();
        try (Arena arena = Arena.ofConfined()) {
            PageJob job = new PageJob(AT_ONCE, pageSize, arena);
            for (long pfn = window(0); pfn >= 0; pfn = window(pfn + PageBits.FRAMES)) {
                select(pfn, chosen);
                int frame = chosen.next(0, true);
                while (frame < PageBits.FRAMES) {
                    int from = frame - frame % AT_ONCE;
                    job.prepare(pfn, from, chosen);
                    reader.fill(job);
                    written &= write(writer, job, log);
                    frame = chosen.next(from + AT_ONCE, true);
                }
            }
        }
        return written;
    }

    private boolean write(DumpWriter writer, PageJob job, CaptureLog log) throws IOException {
        PageBatch batch = job.batch();
        long[] at = new long[batch.count()];
        boolean readable = true;
        for (int i = 0; i < at.length; i++) {
            at[i] = places.get(batch.pfn(i));
            readable &= batch.kind(i) != PageBatch.Kind.UNREADABLE && batch.kind(i) != PageBatch.Kind.EXCLUDED;
        }
        if (!readable) {
            for (int i = 0; i < at.length; i++) {
                places.remove(batch.pfn(i));
            }
            return true;
        }
        boolean written = writer.first(batch, at);
        if (written) {
            log.written(job);
        }
        return written;
    }

    /// Fills `chosen` with those of a window.
    private void select(long firstPfn, PageBits chosen) {
        chosen.clear();
        places.subMap(firstPfn, firstPfn + PageBits.FRAMES).keySet().forEach(pfn -> {
            int frame = (int) (pfn - firstPfn);
            chosen.set(frame, frame + 1);
        });
    }

    /// The window of the first of them from `pfn` on; -1 if there is none.
    private long window(long pfn) {
        Long next = places.ceilingKey(pfn);
        return next == null ? -1 : next - next % PageBits.FRAMES;
    }

    /// Takes those of a window out of what is still to be written.
    void removeFrom(long firstPfn, PageBits kept) {
        for (long pfn : places.subMap(firstPfn, firstPfn + PageBits.FRAMES).keySet()) {
            kept.clear((int) (pfn - firstPfn), (int) (pfn - firstPfn) + 1);
        }
    }
}
