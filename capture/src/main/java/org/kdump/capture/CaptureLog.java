package org.kdump.capture;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.kdump.vmcore.PageBatch;

/// Keeps count of what became of the pages, names holes, and reports progress. Used by one thread.
final class CaptureLog {
    private static final long REPORT_EVERY_NANOS = 100_000_000;
    private static final int MOST_HOLES = 16;

    private final ProgressListener listener;
    private final int pageSize;
    private final LongSupplier bytesOut;
    /// By the ordinal of the class.
    private final long[] pages = new long[PageClass.values().length];

    private final List<String> problems = new ArrayList<>();
    private final List<String> holes = new ArrayList<>();
    private long moreHoles;
    private long holeStart = -1;
    private long holeEnd;
    private String holeReason = "";

    private Progress.Stage stage = Progress.Stage.CLASSIFY;
    private long total;
    private long done;
    private long stageStart;
    private long lastReport;

    /// @param bytesOut the size of the file so far
    CaptureLog(ProgressListener listener, int pageSize, LongSupplier bytesOut) {
        this.listener = listener;
        this.pageSize = pageSize;
        this.bytesOut = bytesOut;
    }

    void begin(Progress.Stage next, long pagesTotal) {
        stage = next;
        total = pagesTotal;
        done = 0;
        stageStart = System.nanoTime();
        report();
    }

    void end() {
        done = total;
        report();
    }

    void advance(long count) {
        done += count;
        if (System.nanoTime() - lastReport >= REPORT_EVERY_NANOS) {
            report();
        }
    }

    private void report() {
        lastReport = System.nanoTime();
        Duration elapsed = Duration.ofNanos(lastReport - stageStart);
        listener.report(new Progress(stage, done, total, pageSize, bytesOut.getAsLong(), elapsed));
    }

    void count(PageClass what, long number) {
        pages[what.ordinal()] += number;
    }

    /// Counts all of `total` pages that were not counted yet.
    ///
    /// @return how many they are
    long countRest(PageClass what, long total) {
        long rest = total - Arrays.stream(pages).sum();
        count(what, rest);
        return rest;
    }

    /// Counts the pages of a job that was written.
    void written(PageJob job) {
        PageBatch batch = job.batch();
        for (int i = 0; i < batch.count(); i++) {
            PageClass what = switch (batch.kind(i)) {
                case STORED, COMPRESSED, REPEATED -> PageClass.WRITTEN;
                case ZERO -> PageClass.ZERO;
                case EXCLUDED -> PageClass.NOT_IN_SOURCE;
                case UNREADABLE -> PageClass.LOST;
            };
            count(what, 1);
            if (what == PageClass.LOST) {
                hole(batch.pfn(i) * pageSize, job.reason());
            }
        }
        advance(batch.count());
    }

    private void hole(long address, String reason) {
        if (address != holeEnd || holeStart < 0) {
            endHole();
            holeStart = address;
            holeReason = reason;
        }
        holeEnd = address + pageSize;
    }

    private void endHole() {
        if (holeStart < 0) {
            return;
        }
        if (holes.size() < MOST_HOLES) {
            holes.add("physical memory 0x" + Long.toHexString(holeStart) + " to 0x" + Long.toHexString(holeEnd)
                    + " is not in the dump: " + holeReason);
        } else {
            moreHoles++;
        }
        holeStart = -1;
    }

    void problem(String sentence) {
        problems.add(sentence);
    }

    /// What went wrong so far, the holes last.
    List<String> problems() {
        endHole();
        List<String> all = new ArrayList<>(problems);
        all.addAll(holes);
        if (moreHoles > 0) {
            all.add("and " + moreHoles + " more holes");
        }
        return all;
    }

    /// How many pages of each class there are so far.
    Map<PageClass, Long> pages() {
        Map<PageClass, Long> counts = new EnumMap<>(PageClass.class);
        for (PageClass what : PageClass.values()) {
            counts.put(what, pages[what.ordinal()]);
        }
        return counts;
    }
}
