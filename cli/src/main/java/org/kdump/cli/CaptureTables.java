package org.kdump.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.kdump.capture.CaptureResult;
import org.kdump.capture.DumpLevel;
import org.kdump.capture.MemoryUsage;
import org.kdump.capture.PageClass;

/// Tables of what became of a machine's memory, or would. Plain ASCII, for a serial console shows them too.
final class CaptureTables {
    private static final int BAR = 40;
    private static final int BITS = 5;
    private static final double MIB = 1 << 20;
    /// Each bit alone, and the levels that are used.
    private static final int[] LEVELS = {0, 1, 2, 4, 8, 16, 17, 31};

    private final PrintWriter out;
    private final int pageSize;

    CaptureTables(PrintWriter out, int pageSize) {
        this.out = out;
        this.pageSize = pageSize;
    }

    /// `--mem-usage`: what memory is used for, then how much of it each level keeps.
    void usage(MemoryUsage usage) {
        long all = usage.pages();
        out.printf("%-14s %11s %10s %10s  %s%n", "used for", "pages", "MiB", "zero MiB", "left out by bits");
        for (MemoryUsage.Use use : usage.uses()) {
            out.printf(
                    Locale.ROOT,
                    "%-14s %11d %10.1f %10.1f  %-8s %s%n",
                    use.label(),
                    use.pages(),
                    mebibytes(use.pages()),
                    mebibytes(use.zeroPages()),
                    bits(use.levelBits()),
                    bar(use.pages(), all));
        }
        out.printf(Locale.ROOT, "%-14s %11d %10.1f%n%n", "in all", all, mebibytes(all));
        out.printf("%-14s %11s %10s %10s%n", "dump level", "leaves out", "MiB", "keeps MiB");
        for (int level : LEVELS) {
            long kept = usage.pages(new DumpLevel(level));
            out.printf(
                    Locale.ROOT,
                    "%-14d %11d %10.1f %10.1f  %-8s %s%n",
                    level,
                    all - kept,
                    mebibytes(all - kept),
                    mebibytes(kept),
                    percent(all - kept, all),
                    bar(all - kept, all));
        }
        out.println("Levels are sums of 1 zero pages, 2 cache, 4 cache and private cache, 8 anonymous and hugetlb,"
                + " 16 free. What is kept is compressed.");
        usage.comparisons().forEach(out::println);
        out.flush();
    }

    /// `--show-stats`: what became of each page.
    void stats(CaptureResult result) {
        long all = result.pages().values().stream().mapToLong(Long::longValue).sum();
        out.printf("%-18s %11s %10s%n", "", "pages", "MiB");
        for (PageClass what : PageClass.values()) {
            long pages = result.pages().get(what);
            out.printf(
                    Locale.ROOT,
                    "%-18s %11d %10.1f  %-8s %s%n",
                    what.label(),
                    pages,
                    mebibytes(pages),
                    percent(pages, all),
                    bar(pages, all));
        }
        out.printf(Locale.ROOT, "%-18s %11d %10.1f%n", "in all", all, mebibytes(all));
        out.printf(Locale.ROOT, "%-18s %11s %10.1f%n", "size of the dump", "", result.bytesOut() / MIB);
        out.flush();
    }

    private double mebibytes(long pages) {
        return pages * (pageSize / MIB);
    }

    private static String percent(long part, long all) {
        return String.format(Locale.ROOT, "%5.1f %%", all == 0 ? 0 : 100.0 * part / all);
    }

    private static String bits(int bits) {
        if (bits == 0) {
            return "-";
        }
        if (bits == ~0) {
            return "always";
        }
        StringBuilder text = new StringBuilder();
        for (int bit = 0; bit < BITS; bit++) {
            if ((bits >> bit & 1) != 0) {
                text.append(text.isEmpty() ? "" : ", ").append(1 << bit);
            }
        }
        return text.toString();
    }

    /// As long as the part is large; what is there at all is seen.
    private static String bar(long part, long all) {
        long length = all == 0 ? 0 : (part * BAR + all - 1) / all;
        return "#".repeat((int) Math.min(BAR, length));
    }
}
