package org.kdump.vmcore;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// A dump that is written to a file; what is skipped is a hole of the file.
///
/// Every few MiB the disk begins with them, beside the writing: at the end little is left to wait for, and in
/// a small
/// capture kernel little memory waits for the disk.
public final class FileOutput extends DumpOutput {
    private static final long AHEAD = 8 << 20;

    private final String name;
    private final FileChannel channel;
    private Optional<FutureTask<Void>> flush = Optional.empty();
    private long notFlushed;

    /// @param name the file's name for errors
    /// @param channel open for reading and writing, and empty; closing it stays the caller's
    public FileOutput(String name, FileChannel channel) {
        this.name = name;
        this.channel = channel;
    }

    @Override
    public boolean isStream() {
        return false;
    }

    @Override
    protected void put(long offset, ByteBuffer bytes) throws IOException {
        long at = offset;
        try {
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
            flushAhead(at - offset);
        } catch (IOException problem) {
            throw new IOException(name + ": cannot be written at byte " + at + ": " + problem.getMessage(), problem);
        }
    }

    @Override
    public void read(long offset, ByteBuffer bytes) throws IOException {
        long at = offset;
        while (bytes.hasRemaining()) {
            int count = channel.read(bytes, at);
            if (count < 0) {
                bytes.put(new byte[bytes.remaining()]);
                return;
            }
            at += count;
        }
    }

    private void flushAhead(long bytes) throws IOException {
        notFlushed += bytes;
        if (notFlushed >= AHEAD && flush.map(FutureTask::isDone).orElse(true)) {
            awaitFlush();
            notFlushed = 0;
            FutureTask<Void> task = new FutureTask<>(() -> {
                channel.force(false);
                return null;
            });
            flush = Optional.of(task);
            Thread.ofPlatform().daemon().name("flush").start(task);
        }
    }

    /// The kernel tells of a failing disk once, and it may have told the other thread.
    private void awaitFlush() throws IOException {
        try {
            if (flush.isPresent()) {
                flush.get().get();
            }
        } catch (ExecutionException failed) {
            throw new IOException(failed.getCause().getMessage(), failed.getCause());
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(name + ": interrupted");
        }
    }

    @Override
    public void force() throws IOException {
        awaitFlush();
        channel.force(true);
    }

    @Override
    public void end() {
        // A file ends where it was written to.
    }
}
