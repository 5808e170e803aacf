package org.kdump.capture;

import java.io.PrintStream;

/// Progress as text: one line rewritten on a terminal, a line every two seconds elsewhere (a serial console, a log).
public final class ConsoleProgress implements ProgressListener {
    private static final long LOG_NANOS = 2_000_000_000L;

    private final PrintStream out;
    private final boolean terminal;
    private Progress.Stage stage;
    private long last;

    /// @param terminal whether a carriage return goes back to the line's start
    public ConsoleProgress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    @Override
    public void report(Progress progress) {
        long now = System.nanoTime();
        boolean begins = progress.stage() != stage;
        boolean ends = progress.pagesDone() >= progress.pagesTotal();
        boolean tooSoon = !terminal && !ends && now - last < LOG_NANOS;
        if (!begins && (tooSoon || stage == Progress.Stage.FINISH)) {
            return;
        }
        stage = progress.stage();
        last = now;
        out.print(
                terminal
                        ? "\r" + line(progress) + "\033[K" + (ends || stage == Progress.Stage.FINISH ? "\n" : "")
                        : line(progress) + "\n");
        out.flush();
    }

    private static String line(Progress progress) {
        if (progress.stage() == Progress.Stage.FINISH) {
            return "kdump: finishing: the file is being made safe on the disk";
        }
        boolean ends = progress.pagesDone() >= progress.pagesTotal();
        double rate = progress.pagesPerSecond() * progress.pageSize() / (1 << 20);
        return "kdump: %-11s %3.0f %%, %d of %d pages, %.1f MiB written, %.0f MiB/s%s"
                .formatted(
                        progress.stage().label(),
                        Math.floor(progress.fraction() * 100),
                        progress.pagesDone(),
                        progress.pagesTotal(),
                        progress.bytesOut() / (double) (1 << 20),
                        rate,
                        ends ? "" : ", " + progress.remaining().toSeconds() + " s left");
    }
}
