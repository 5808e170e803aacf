package org.kdump.vmcore.diskdump;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// One bit a page frame: frame `n` is bit `n % 8` of byte `n / 8`, on machines of either byte order.
///
/// The ones before each 32768th bit are counted once, so that a count up to any bit looks at 4 KiB at most, and the
/// counts take a 4096th of the bitmap: 1 MiB for a machine of 64 TiB. Bits behind the end of a truncated file are 0.
/// Immutable.
final class Bitmap {
    private static final int CHUNK_WORDS = 512;
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment bytes;
    private final long bits;
    private final long[] onesBefore;

    /// @param bytes the bits, mapped or on the heap; not copied
    /// @param bits how many count
    Bitmap(MemorySegment bytes, long bits) {
        this.bytes = bytes;
        this.bits = Math.min(bits, bytes.byteSize() * Byte.SIZE);
        onesBefore = new long[Math.toIntExact(words() / CHUNK_WORDS + 1)];
        for (int chunk = 1; chunk < onesBefore.length; chunk++) {
            onesBefore[chunk] = onesBefore[chunk - 1] + ones((chunk - 1L) * CHUNK_WORDS, (long) chunk * CHUNK_WORDS);
        }
    }

    /// How many bits there are.
    long bits() {
        return bits;
    }

    boolean get(long bit) {
        return bit >= 0 && bit < bits && (word(bit / Long.SIZE) >>> bit & 1) != 0;
    }

    /// The number of ones before `bit`, which may be anything from 0 on.
    long rank(long bit) {
        long end = Math.clamp(bit, 0, bits);
        long word = end / Long.SIZE;
        int chunk = (int) (word / CHUNK_WORDS);
        long rest = end % Long.SIZE == 0 ? 0 : word(word) & (1L << end) - 1;
        return onesBefore[chunk] + ones((long) chunk * CHUNK_WORDS, word) + Long.bitCount(rest);
    }

    /// The first bit from `bit` on that is `value`, or [#bits] if there is none.
    long next(long bit, boolean value) {
        long invert = value ? 0 : -1;
        for (long word = bit / Long.SIZE; word < words(); word++) {
            long candidates = word(word) ^ invert;
            if (word == bit / Long.SIZE) {
                candidates &= -1L << bit;
            }
            if (candidates != 0) {
                return Math.min(bits, word * Long.SIZE + Long.numberOfTrailingZeros(candidates));
            }
        }
        return bits;
    }

    private long words() {
        return (bits + Long.SIZE - 1) / Long.SIZE;
    }

    private long ones(long fromWord, long toWord) {
        long count = 0;
        for (long word = fromWord; word < toWord; word++) {
            count += Long.bitCount(word(word));
        }
        return count;
    }

    private long word(long index) {
        long offset = index * Long.BYTES;
        long left = bytes.byteSize() - offset;
        if (left >= Long.BYTES) {
            return bytes.get(WORD, offset);
        }
        long word = 0;
        for (int i = 0; i < left; i++) {
            word |= (bytes.get(ValueLayout.JAVA_BYTE, offset + i) & 0xffL) << i * Byte.SIZE;
        }
        return word;
    }
}
