package org.kdump.qemu;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/// A lock on a part of the cache, against other processes and other threads of this one.
final class CacheLock implements AutoCloseable {
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(15);
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final FileChannel channel;

    private CacheLock(FileChannel channel) {
        this.channel = channel;
    }

    /// Waits for the lock on `file`, which is made if it is not there and stays.
    ///
    /// @throws IOException if the file cannot be made, or the lock is not to be had for a quarter of an hour
    static CacheLock on(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            await(file, channel);
            locked = true;
            return new CacheLock(channel);
        } finally {
            if (!locked) {
                channel.close();
            }
        }
    }

    private static void await(Path file, FileChannel channel) throws IOException {
        long end = System.nanoTime() + LONGEST_WAIT.toNanos();
        while (!taken(channel)) {
            if (System.nanoTime() - end > 0) {
                throw new IOException(file + ": another process has held this lock for " + LONGEST_WAIT.toMinutes()
                        + " minutes; end it and try again");
            }
            pause(file);
        }
    }

    private static boolean taken(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException anotherThread) {
            return false;
        }
    }

    private static void pause(Path file) throws IOException {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(file + ": interrupted while waiting for the lock");
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
