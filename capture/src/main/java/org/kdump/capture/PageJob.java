package org.kdump.capture;

import java.lang.foreign.Arena;
import java.util.concurrent.Semaphore;
import org.kdump.vmcore.PageBatch;

/// Some page frames in a row, of which some are to be read and compressed. Used again and again; owned by one thread at
/// a time, and handed over by queue and [#done].
final class PageJob {
    private final int frames;
    private final PageBatch batch;
    private final boolean[] wanted;
    private final Semaphore done = new Semaphore(0);
    private long firstPfn;
    private String reason = "";

    PageJob(int frames, int pageSize, Arena arena) {
        this.frames = frames;
        batch = new PageBatch(frames, pageSize, arena);
        wanted = new boolean[frames];
    }

    /// Takes the page frames of a window from `from` on.
    void prepare(long windowPfn, int from, PageBits kept) {
        firstPfn = windowPfn + from;
        for (int frame = 0; frame < frames; frame++) {
            wanted[frame] = kept.get(from + frame);
        }
    }

    int frames() {
        return frames;
    }

    long firstPfn() {
        return firstPfn;
    }

    /// The first frame from `from` on that is wanted, or is not; [#frames] if there is none.
    int next(int from, boolean value) {
        int frame = from;
        while (frame < frames && wanted[frame] != value) {
            frame++;
        }
        return frame;
    }

    /// The last frame that is wanted.
    int last() {
        int frame = frames - 1;
        while (frame > 0 && !wanted[frame]) {
            frame--;
        }
        return frame;
    }

    PageBatch batch() {
        return batch;
    }

    /// Why the first of the pages that could not be read could not.
    String reason() {
        return reason;
    }

    void reason(String why) {
        reason = why;
    }

    /// Makes every page unreadable that is wanted.
    void fail(Throwable problem) {
        batch.clear();
        for (int frame = next(0, true); frame < frames; frame = next(frame + 1, true)) {
            batch.add(firstPfn + frame, PageBatch.Kind.UNREADABLE);
        }
        reason = problem.toString();
    }

    /// Released when the batch is filled.
    Semaphore done() {
        return done;
    }
}
