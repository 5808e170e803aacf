package org.kdump.capture;

import java.io.PrintStream;

/// Progress as text: one line rewritten on a terminal, a line every two seconds elsewhere (a serial console, a log).
public final class ConsoleProgress implements Progress {
    private static final long TERMINAL_NANOS = 100_000_000L;
    private static final long LOG_NANOS = 2_000_000_000L;

    private final PrintStream out;
    private final boolean terminal;
    private final long start = System.nanoTime();
    private long last = Long.MIN_VALUE;
    private String stage = "";
    private long stageStart;

    /// @param terminal whether a carriage return goes back to the line's start
    public ConsoleProgress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    @Override
    public void at(String newStage, long done, long total, long bytes) {
        long now = System.nanoTime();
        if (!newStage.equals(stage)) {
            stage = newStage;
            stageStart = now;
            last = Long.MIN_VALUE;
        }
        boolean end = done == total;
        if (!end && last != Long.MIN_VALUE && now - last < (terminal ? TERMINAL_NANOS : LOG_NANOS)) {
            return;
        }
        last = now;
        out.print((terminal ? "\r" : "") + line(done, total, bytes, now) + (terminal && !end ? "\033[K" : "\n"));
        out.flush();
    }

    private String line(long done, long total, long bytes, long now) {
        double seconds = Math.max(1e-3, (now - stageStart) / 1e9);
        String left = done == 0 || done == total ? "" : ", %.0f s left".formatted(seconds * (total - done) / done);
        return "kdump: %-8s %3d %%  %d of %d pages, %.1f MB written, %.1f s%s"
                .formatted(stage, done * 100 / total, done, total, bytes / 1e6, (now - start) / 1e9, left);
    }
}
