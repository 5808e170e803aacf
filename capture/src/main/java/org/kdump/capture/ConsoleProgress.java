package org.kdump.capture;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/// Shows progress as text: on a terminal one line that is written over, on a serial console a line every few seconds.
///
/// ```
/// writing      45 %     512 of    1138 MiB   310 MiB/s   182 MiB out   0:02 left
/// ```
public final class ConsoleProgress implements ProgressListener {
    /// A serial line of 9600 baud passes 960 characters a second; and nobody reads faster.
    private static final Duration SERIAL_INTERVAL = Duration.ofSeconds(5);

    private static final int MIB = 1 << 20;

    private final PrintStream out;
    private final boolean rewrite;
    private final Duration interval;
    private Progress.Stage stage;
    private Duration last = Duration.ZERO;
    private int width;

    private ConsoleProgress(PrintStream out, boolean rewrite, Duration interval) {
        this.out = out;
        this.rewrite = rewrite;
        this.interval = interval;
    }

    /// For a terminal that knows carriage returns.
    public static ConsoleProgress terminal(PrintStream out) {
        return new ConsoleProgress(out, true, Duration.ZERO);
    }

    /// For a serial console, or a file.
    public static ConsoleProgress serial(PrintStream out) {
        return new ConsoleProgress(out, false, SERIAL_INTERVAL);
    }

    @Override
    public void report(Progress progress) {
        boolean ends = progress.pagesDone() == progress.pagesTotal();
        boolean due = progress.elapsed().minus(last).compareTo(interval) >= 0;
        if (progress.stage() != stage) {
            stage = progress.stage();
            last = Duration.ZERO;
            due = rewrite;
        }
        if (ends && progress.pagesTotal() > 0 || due) {
            last = progress.elapsed();
            show(line(progress), ends);
        }
    }

    private void show(String line, boolean ends) {
        if (!rewrite) {
            out.println(line);
            return;
        }
        // What a longer line before has left over is written over with blanks.
        out.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
        width = line.length();
        if (ends) {
            out.println();
            width = 0;
        }
        out.flush();
    }

    private static String line(Progress progress) {
        String done =
                String.format(Locale.ROOT, "%-12s %3d %%", progress.stage().label(), (int) (progress.fraction() * 100));
        if (progress.stage() == Progress.Stage.FINISH) {
            return done + "   " + progress.bytesOut() / MIB + " MiB out";
        }
        double pageMib = (double) progress.pageSize() / MIB;
        return done
                + String.format(
                        Locale.ROOT,
                        " %7.0f of %7.0f MiB %5.0f MiB/s %5d MiB out   %s",
                        progress.pagesDone() * pageMib,
                        progress.pagesTotal() * pageMib,
                        progress.pagesPerSecond() * pageMib,
                        progress.bytesOut() / MIB,
                        time(progress));
    }

    private static String time(Progress progress) {
        boolean ends = progress.pagesDone() == progress.pagesTotal();
        Duration time = ends ? progress.elapsed() : progress.remaining();
        return String.format(
                Locale.ROOT, "%d:%02d %s", time.toMinutes(), time.toSecondsPart(), ends ? "taken" : "left");
    }
}
