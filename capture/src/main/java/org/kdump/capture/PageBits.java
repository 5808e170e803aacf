package org.kdump.capture;

import java.util.Arrays;

/// One bit for each page frame of a window of physical memory: 32768 frames, 4 KiB of bitmap. Frame `n` of the
/// window is bit `n % 64` of word `n / 64`. Not safe for use by several threads.
final class PageBits {
    /// Frames of a window; a window begins at a multiple of this.
    static final int FRAMES = 1 << 15;

    private final long[] words = new long[FRAMES / Long.SIZE];

    long[] words() {
        return words;
    }

    void clear() {
        Arrays.fill(words, 0);
    }

    boolean get(int frame) {
        return (words[frame / Long.SIZE] >>> frame & 1) != 0;
    }

    /// Sets the frames from `from` up to before `to`.
    void set(int from, int to) {
        for (int frame = from; frame < to; frame = nextWord(frame, to)) {
            words[frame / Long.SIZE] |= mask(frame, nextWord(frame, to));
        }
    }

    /// Clears the frames from `from` up to before `to`.
    void clear(int from, int to) {
        for (int frame = from; frame < to; frame = nextWord(frame, to)) {
            words[frame / Long.SIZE] &= ~mask(frame, nextWord(frame, to));
        }
    }

    /// Takes the frames from `from` up to before `to` over from `other`.
    void copy(int from, int to, PageBits other) {
        for (int frame = from; frame < to; frame = nextWord(frame, to)) {
            long mask = mask(frame, nextWord(frame, to));
            int index = frame / Long.SIZE;
            words[index] = words[index] & ~mask | other.words[index] & mask;
        }
    }

    /// The frames of `all` that are not in `some`.
    static PageBits without(PageBits all, PageBits some) {
        PageBits rest = new PageBits();
        for (int index = 0; index < rest.words.length; index++) {
            rest.words[index] = all.words[index] & ~some.words[index];
        }
        return rest;
    }

    private static int nextWord(int frame, int to) {
        return Math.min(to, (frame / Long.SIZE + 1) * Long.SIZE);
    }

    /// Ones from `from` up to before `to`, both in one word.
    private static long mask(int from, int to) {
        return -1L << from & -1L >>> -to;
    }

    int count() {
        return count(0, FRAMES);
    }

    /// How many are set of the frames from `from` up to before `to`.
    int count(int from, int to) {
        int count = 0;
        for (int frame = from; frame < to; frame = nextWord(frame, to)) {
            count += Long.bitCount(words[frame / Long.SIZE] & mask(frame, nextWord(frame, to)));
        }
        return count;
    }

    /// The first frame from `from` on that is `value`, or [#FRAMES] if there is none.
    int next(int from, boolean value) {
        for (int index = from / Long.SIZE; index < words.length; index++) {
            long word = value ? words[index] : ~words[index];
            if (index == from / Long.SIZE) {
                word &= -1L << from;
            }
            if (word != 0) {
                return index * Long.SIZE + Long.numberOfTrailingZeros(word);
            }
        }
        return FRAMES;
    }
}
