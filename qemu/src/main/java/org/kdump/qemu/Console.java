package org.kdump.qemu;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Follows a serial console on a thread of its own, and lets others wait for lines.
///
/// All bytes go to a file as they are; the last lines are kept, bounded in number and size, so that a guest which
/// floods its console costs no memory.
final class Console {
    private static final int MOST_LINES = 20_000;
    private static final int MOST_CHARACTERS = 4_000_000;
    private static final int TAIL = 20;
    private static final Duration DRAIN = Duration.ofSeconds(5);

    private final long start = System.nanoTime();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<ConsoleLine> lines = new ArrayDeque<>();
    private final Consumer<ConsoleLine> watcher;
    private final Thread thread;
    private int characters;
    private long added;
    private long seen;
    private boolean ended;
    private Optional<Exception> trouble = Optional.empty();

    /// @param in the console; read to its end
    /// @param copy what gets every byte, flushed after each read; closed at the end
    /// @param watcher told each line as it comes, on the following thread
    Console(InputStream in, OutputStream copy, Consumer<ConsoleLine> watcher) {
        this.watcher = watcher;
        this.thread = Thread.ofVirtual().name("console").start(() -> follow(in, copy));
    }

    private void follow(InputStream in, OutputStream copy) {
        LineSplitter splitter = new LineSplitter(this::add);
        try (in;
                copy) {
            byte[] buffer = new byte[1 << 13];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                copy.write(buffer, 0, count);
                copy.flush();
                splitter.accept(buffer, count);
            }
        } catch (IOException | RuntimeException failed) {
            trouble = Optional.of(failed);
        } finally {
            splitter.end();
            end();
        }
    }

    private void add(String text) {
        ConsoleLine line = new ConsoleLine(elapsed(), text);
        lock.lock();
        try {
            lines.add(line);
            added++;
            characters += text.length();
            while (lines.size() > MOST_LINES || characters > MOST_CHARACTERS) {
                characters -= lines.remove().text().length();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        watcher.accept(line);
    }

    private void end() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Since this console was opened.
    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /// The lines still kept, oldest first.
    List<ConsoleLine> lines() {
        lock.lock();
        try {
            return List.copyOf(lines);
        } finally {
            lock.unlock();
        }
    }

    /// The last few lines.
    List<ConsoleLine> tail() {
        List<ConsoleLine> all = lines();
        return all.subList(Math.max(0, all.size() - TAIL), all.size());
    }

    /// Waits for the next line that is accepted, after the one that was returned last.
    ///
    /// @throws GuestException if none comes in time, or the console ends before
    ConsoleLine await(String stage, Predicate<String> wanted, Duration deadline) throws IOException {
        long end = System.nanoTime() + deadline.toNanos();
        lock.lock();
        try {
            while (true) {
                Optional<ConsoleLine> found = next(wanted);
                if (found.isPresent()) {
                    return found.get();
                }
                long left = end - System.nanoTime();
                if (ended || left <= 0) {
                    throw new GuestException(stage, reason(deadline), tail());
                }
                pause(left, stage);
            }
        } finally {
            lock.unlock();
        }
    }

    private String reason(Duration deadline) {
        String awaited = "the line awaited did not come within %.1f s".formatted(deadline.toMillis() / 1e3);
        String before = "the machine ended before the line awaited";
        String why = trouble.map(failed -> " (" + failed.getMessage() + ")").orElse("");
        return (ended ? before : awaited) + why;
    }

    private Optional<ConsoleLine> next(Predicate<String> wanted) {
        long unseen = Math.min(added - seen, lines.size());
        long index = added - unseen;
        for (ConsoleLine line : newest(unseen)) {
            index++;
            if (wanted.test(line.text())) {
                seen = index;
                return Optional.of(line);
            }
        }
        seen = added;
        return Optional.empty();
    }

    private List<ConsoleLine> newest(long count) {
        List<ConsoleLine> newest = new ArrayList<>();
        Iterator<ConsoleLine> backwards = lines.descendingIterator();
        while (newest.size() < count) {
            newest.add(backwards.next());
        }
        return newest.reversed();
    }

    private void pause(long nanoseconds, String stage) throws IOException {
        try {
            changed.awaitNanos(nanoseconds);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(stage + ": interrupted");
        }
    }

    /// Waits until the end has been read, for a short time: a descendant may hold the pipe open.
    void drain() {
        try {
            thread.join(DRAIN);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
