package org.kdump.capture;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCompressor;

/// Reads and compresses batches of pages on several threads, and hands them on in the order in which they came.
///
/// There are as many batches as there ever will be from the start: when all are under way, the oldest is waited for.
/// The work of the threads is theirs alone, so what comes out is the same for any number of them.
final class Pipeline implements AutoCloseable {
    /// Where finished batches go, in order, on the thread that fills them.
    interface Sink {
        void accept(PageBatch batch) throws IOException;
    }

    private final Vmcore source;
    private final CaptureRequest request;
    private final Sink sink;
    private final ExecutorService threads;
    private final BlockingQueue<PageCompressor> compressors;
    private final Deque<PageBatch> idle = new ArrayDeque<>();
    private final Deque<Future<PageBatch>> underWay = new ArrayDeque<>();
    private PageBatch current;

    Pipeline(Vmcore source, CaptureRequest request, Sink sink) {
        this.source = source;
        this.request = request;
        this.sink = sink;
        this.threads = Executors.newFixedThreadPool(request.threads());
        this.compressors = new ArrayBlockingQueue<>(request.threads());
        for (int i = 0; i < request.threads(); i++) {
            compressors.add(request.codec().compressor());
        }
        for (int i = 0; i < 2 * request.threads() + 1; i++) {
            idle.add(new PageBatch(source.pageSize()));
        }
        current = idle.poll();
    }

    /// Gives one more page frame to the pipeline; frames come in ascending order.
    ///
    /// @throws IOException what the sink throws
    void add(long frame) throws IOException {
        current.add(frame);
        if (current.isFull()) {
            send();
        }
    }

    /// Waits until all pages have gone to the sink.
    ///
    /// @throws IOException what the sink throws
    void drain() throws IOException {
        if (!current.isEmpty()) {
            send();
        }
        while (!underWay.isEmpty()) {
            idle.add(takeOldest());
        }
    }

    private void send() throws IOException {
        PageBatch batch = current;
        underWay.add(threads.submit(() -> work(batch)));
        current = (idle.isEmpty() ? takeOldest() : idle.poll()).clear();
    }

    private PageBatch work(PageBatch batch) throws InterruptedException {
        PageCompressor compressor = compressors.take();
        try {
            batch.read(source);
            batch.compress(request.codec(), compressor, request.level().withoutZero());
            return batch;
        } finally {
            compressors.add(compressor);
        }
    }

    private PageBatch takeOldest() throws IOException {
        try {
            PageBatch batch = underWay.remove().get();
            sink.accept(batch);
            return batch;
        } catch (ExecutionException e) {
            throw new IOException("a compressing thread failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the capture was interrupted");
        }
    }

    /// Stops the threads and frees what the compressors hold.
    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
        compressors.forEach(PageCompressor::close);
    }
}
