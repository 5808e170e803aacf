package org.kdump.vmcore.diskdump;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Counts the page frames that a bitmap has before a given one: the number of its page descriptor.
///
/// A sum is kept for every 4096 frames, so 16 TB of memory takes 8 MB here. Bit 0 of a byte is the lowest frame.
final class FrameIndex {
    private static final int FRAMES = 4096;
    private static final int BYTES = FRAMES / 8;

    private final MemorySegment bitmap;
    private final long frames;
    private final long[] sums;

    FrameIndex(MemorySegment bitmap, long frames) {
        this.bitmap = bitmap;
        this.frames = Math.min(frames, bitmap.byteSize() * 8);
        this.sums = new long[Math.toIntExact((this.frames + FRAMES - 1) / FRAMES) + 1];
        for (int i = 1; i < sums.length; i++) {
            long from = (long) (i - 1) * BYTES;
            sums[i] = sums[i - 1] + count(from, Math.min(from + BYTES, bitmap.byteSize()));
        }
    }

    boolean contains(long frame) {
        return frame >= 0 && frame < frames && (bitmap.get(ValueLayout.JAVA_BYTE, frame >> 3) >> (frame & 7) & 1) != 0;
    }

    /// How many frames below `frame` are there.
    long rank(long frame) {
        int block = (int) (frame / FRAMES);
        long lastByte = frame >> 3;
        long whole = sums[block] + count((long) block * BYTES, lastByte);
        int rest = (int) (frame & 7);
        return rest == 0
                ? whole
                : whole + Integer.bitCount(bitmap.get(ValueLayout.JAVA_BYTE, lastByte) & (1 << rest) - 1);
    }

    /// The first frame from `frame` on whose bit is `set`, or the number of frames.
    long next(long frame, boolean set) {
        long at = frame;
        int nothing = set ? 0 : 0xff;
        while (at < frames) {
            if ((at & 7) == 0 && (bitmap.get(ValueLayout.JAVA_BYTE, at >> 3) & 0xff) == nothing) {
                at += 8;
            } else if (contains(at) == set) {
                return at;
            } else {
                at++;
            }
        }
        return frames;
    }

    private long count(long from, long to) {
        long count = 0;
        long at = from;
        for (; at + 8 <= to; at += 8) {
            count += Long.bitCount(bitmap.get(ValueLayout.JAVA_LONG_UNALIGNED, at));
        }
        for (; at < to; at++) {
            count += Integer.bitCount(bitmap.get(ValueLayout.JAVA_BYTE, at) & 0xff);
        }
        return count;
    }
}
