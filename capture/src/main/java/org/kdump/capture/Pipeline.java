package org.kdump.capture;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import org.kdump.vmcore.DumpWriter;

/// Compresses pages on several threads and writes them in their order on the caller's.
///
/// ```
/// caller ──job──▶ queue ──▶ readers: read, test for zero, compress ──done──▶ caller: the oldest job is
/// written
///    ▲                                                                            │
///    └──────────────────────── the same few jobs, used again ◀────────────────────┘
/// ```
///
/// There are twice as many jobs as threads, and one more, or as many as there is memory for: a writer that
/// falls behind stops the readers when
/// no job is
/// left, and memory is bounded. A thread takes a lock once a job, and so does the caller. What is written
/// does not
/// depend on the number of threads.
final class Pipeline implements AutoCloseable {
    /// Pages of a job: always as many, for some formats show where one ended.
    private static final int FRAMES = 256;

    private final DumpWriter writer;
    private final CaptureLog log;
    private final Arena arena = Arena.ofShared();
    private final BlockingQueue<PageJob> queue = new LinkedBlockingQueue<>();
    private final List<PageReader> readers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Deque<PageJob> idle = new ArrayDeque<>();
    private final Deque<PageJob> busy = new ArrayDeque<>();
    private final PageJob stop;

    /// Starts the threads.
    ///
    /// @param memory bytes of the data of all jobs together, but for two of them at least
    /// @param makeReader gives each thread its own
    Pipeline(
            DumpWriter writer,
            CaptureLog log,
            int pageSize,
            int threadCount,
            long memory,
            Supplier<PageReader> makeReader) {
        this.writer = writer;
        this.log = log;
        int jobs = Math.clamp(memory / FRAMES / pageSize, 2, 2 * threadCount + 1);
        for (int i = 0; i < jobs; i++) {
            idle.add(new PageJob(FRAMES, pageSize, arena));
        }
        stop = new PageJob(0, pageSize, arena);
        for (int i = 0; i < Math.min(threadCount, jobs); i++) {
            readers.add(makeReader.get());
        }
        for (PageReader reader : readers) {
            threads.add(Thread.ofPlatform().name("capture-" + threads.size()).start(() -> work(reader)));
        }
    }

    private void work(PageReader reader) {
        try {
            for (PageJob job = queue.take(); job != stop; job = queue.take()) {
                work(reader, job);
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /// Whatever happens to one job, the others are done and the hole is named.
    private static void work(PageReader reader, PageJob job) {
        try {
            reader.fill(job);
        } catch (RuntimeException | Error problem) {
            job.fail(problem);
        } finally {
            job.done().release();
        }
    }

    /// Copies the pages of a window.
    ///
    /// @throws IOException if they cannot be written
    void copy(long firstPfn, PageBits kept) throws IOException {
        for (int frame = kept.next(0, true); frame < PageBits.FRAMES; frame = kept.next(frame, true)) {
            if (idle.isEmpty()) {
                writeOldest();
            }
            PageJob job = idle.remove();
            int from = frame - frame % FRAMES;
            job.prepare(firstPfn, from, kept);
            busy.add(job);
            queue.add(job);
            frame = from + FRAMES;
            if (frame >= PageBits.FRAMES) {
                return;
            }
        }
    }

    /// Writes all that is still to be written.
    ///
    /// @throws IOException if it cannot be written
    void finish() throws IOException {
        while (!busy.isEmpty()) {
            writeOldest();
        }
    }

    private void writeOldest() throws IOException {
        PageJob job = busy.remove();
        job.done().acquireUninterruptibly();
        try {
            writer.append(job.batch());
            log.written(job);
        } finally {
            idle.add(job);
        }
    }

    /// Ends the threads; jobs that are not written are lost.
    @Override
    public void close() {
        threads.forEach(thread -> queue.add(stop));
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException ignored) {
                    interrupted = true;
                }
            }
        }
        readers.forEach(PageReader::close);
        arena.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
