package org.kdump.vmcore.diskdump;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import org.kdump.elf.Numbers;

/// One bit a page frame: frame `n` is bit `n % 8` of byte `n / 8`, on machines of either byte order.
///
/// The ones before each chunk are counted once, so that a count up to any bit looks at one chunk. A chunk is of 64
/// bytes,
/// and larger where there would be too many: the counts take 1 MiB at most, and a chunk of a machine of 16 TiB is of
/// 4 KiB. Bits behind the end of a truncated file are 0. Immutable.
final class Bitmap {
    private static final int SMALLEST_CHUNK = 8;
    private static final int PIECE = 1 << 16;
    private static final int MOST_CHUNKS = 1 << 17;

    private final MemorySegment bytes;
    private final long bits;
    private final long chunkWords;
    private final long[] onesBefore;

    /// @param bytes the bits, mapped or on the heap; not copied
    /// @param bits how many count
    Bitmap(MemorySegment bytes, long bits) {
        this.bytes = bytes;
        this.bits = Math.min(bits, bytes.byteSize() * Byte.SIZE);
        chunkWords = Math.max(SMALLEST_CHUNK, words() / MOST_CHUNKS + 1);
        onesBefore = new long[Math.toIntExact(words() / chunkWords + 1)];
        for (int chunk = 1; chunk < onesBefore.length; chunk++) {
            onesBefore[chunk] = onesBefore[chunk - 1] + ones((chunk - 1) * chunkWords, chunk * chunkWords);
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
        int chunk = (int) (word / chunkWords);
        long rest = end % Long.SIZE == 0 ? 0 : word(word) & (1L << end) - 1;
        return onesBefore[chunk] + ones(chunk * chunkWords, word) + Long.bitCount(rest);
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

    /// The CRC-32 of the bits, and of zeroes behind them up to `size` bytes.
    long checksum(long size) {
        CRC32 sum = new CRC32();
        for (long at = 0; at < size; at += PIECE) {
            byte[] piece = new byte[(int) Math.min(PIECE, size - at)];
            long stored = Math.clamp(bytes.byteSize() - at, 0, piece.length);
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, Math.min(at, bytes.byteSize()), piece, 0, (int) stored);
            sum.update(piece);
        }
        return sum.getValue();
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
            return Numbers.s64(bytes, offset, ByteOrder.LITTLE_ENDIAN);
        }
        long word = 0;
        for (int i = 0; i < left; i++) {
            word |= (long) Numbers.u8(bytes, offset + i) << i * Byte.SIZE;
        }
        return word;
    }
}
