package org.kdump.vmcore.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Pages as blocks of LZO1X without a header (Linux, `Documentation/staging/lzo.rst`), as `lzo1x_1_compress`
/// makes them and `lzo1x_decompress_safe` reads them.
///
/// It is ours for the size: aircompressor's blocks are 1 % larger than liblzo2's, and these are not. In a capture both
/// take about the same time.
///
/// ```
/// literals   0000llll               4 to 18: their number less 3
///            00000000 0…0 n         more: 18, 255 for each 0, n
///            .. in the lowest bits of the instruction before: 1 to 3 of them
/// copy       lll ddd ss  d          3 to 8 bytes from within 2 KiB: length - 1, (distance - 1) % 8, / 8
///            001 lllll   d ss  d    from within 16 KiB: length - 2, or 0, 0…0 and the rest; distance - 1
///            0001 d lll  d ss  d    from farther: the same; distance - 16384
/// end        00010001 00 00
/// ```
final class LzoCompressor implements PageCompressor {
    private static final int HASH_BITS = 13;
    private static final int SHORTEST = 4;
    /// The first literals are no fewer, so that they need not stand in an instruction before.
    private static final int FIRST_LITERALS = 4;
    private static final int LONGEST_SHORT = 8;
    private static final int SHORT_DISTANCE = 1 << 11;
    private static final int MIDDLE_DISTANCE = 1 << 14;
    private static final int FARTHEST = 0xbfff;
    private static final int LENGTH_IN_MIDDLE = 33;
    private static final int LENGTH_IN_FAR = 9;
    private static final int FEW_LITERALS = 3;
    private static final int MANY_LITERALS = 18;
    private static final int MIDDLE = 1 << 5;
    private static final int FAR = 1 << 4;
    /// After so many bytes without a copy, one more is passed over at each step.
    private static final int PATIENCE_SHIFT = 5;
    /// Beside a 16th of the page: no block is longer, and eight bytes are written at once behind its end.
    private static final int ROOM = 64;

    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final char[] NOWHERE = new char[1 << HASH_BITS];

    /// Where four bytes of each hash stood last; at the page's start, if nowhere.
    private final char[] places = new char[1 << HASH_BITS];

    private byte[] room = {};

    @Override
    public int compress(byte[] page, int length, byte[] target) {
        if (room.length < length + length / 16 + ROOM) {
            room = new byte[length + length / 16 + ROOM];
        }
        System.arraycopy(NOWHERE, 0, places, 0, places.length);
        int size = pack(page, length, places, room);
        if (size > target.length) {
            return -1;
        }
        System.arraycopy(room, 0, target, 0, size);
        return size;
    }

    /// @return the size of the block
    private static int pack(byte[] page, int length, char[] places, byte[] out) {
        int end = length - Long.BYTES;
        int size = 0;
        int written = 0;
        int at = FIRST_LITERALS;
        while (at < end) {
            int four = (int) INTS.get(page, at);
            int hash = four * 0x9E3779B1 >>> Integer.SIZE - HASH_BITS;
            int candidate = places[hash];
            places[hash] = (char) at;
            if ((int) INTS.get(page, candidate) != four || at - candidate > FARTHEST) {
                at += 1 + (at - written >> PATIENCE_SHIFT);
                continue;
            }
            int same = same(page, candidate, at, length);
            size = literals(page, written, at - written, out, size);
            size = copy(same, at - candidate, out, size);
            at += same;
            written = at;
        }
        size = literals(page, written, length - written, out, size);
        out[size] = FAR | 1;
        out[size + 1] = 0;
        out[size + 2] = 0;
        return size + 3;
    }

    /// How many bytes at `one` and `other` are the same: [#SHORTEST] or more.
    private static int same(byte[] page, int one, int other, int length) {
        int same = SHORTEST;
        while (other + same <= length - Long.BYTES) {
            long different = (long) LONGS.get(page, one + same) ^ (long) LONGS.get(page, other + same);
            if (different != 0) {
                return same + (Long.numberOfTrailingZeros(different) >>> 3);
            }
            same += Long.BYTES;
        }
        while (other + same < length && page[one + same] == page[other + same]) {
            same++;
        }
        return same;
    }

    /// @return the size of the block with them
    private static int literals(byte[] page, int from, int count, byte[] out, int size) {
        int at = size;
        if (count == 0) {
            return at;
        }
        if (count <= FEW_LITERALS) {
            out[at - 2] |= (byte) count;
        } else {
            at = length(0, count - FEW_LITERALS, MANY_LITERALS - FEW_LITERALS, out, at);
        }
        if (count <= Long.BYTES && from + Long.BYTES <= page.length) {
            LONGS.set(out, at, (long) LONGS.get(page, from));
        } else {
            System.arraycopy(page, from, out, at, count);
        }
        return at + count;
    }

    /// Writes an instruction's first byte, and those that a length takes beyond `most`.
    private static int length(int instruction, int length, int most, byte[] out, int size) {
        if (length <= most) {
            out[size] = (byte) (instruction | length);
            return size + 1;
        }
        int at = size;
        out[at++] = (byte) instruction;
        int rest = length - most;
        for (; rest > 255; rest -= 255) {
            out[at++] = 0;
        }
        out[at] = (byte) rest;
        return at + 1;
    }

    private static int copy(int length, int distance, byte[] out, int size) {
        int told = distance - 1;
        if (length <= LONGEST_SHORT && distance <= SHORT_DISTANCE) {
            out[size] = (byte) (length - 1 << 5 | (told & 7) << 2);
            out[size + 1] = (byte) (told >> 3);
            return size + 2;
        }
        int at;
        if (distance <= MIDDLE_DISTANCE) {
            at = length(MIDDLE, length - 2, LENGTH_IN_MIDDLE - 2, out, size);
        } else {
            told = distance - MIDDLE_DISTANCE;
            at = length(FAR | told >> 11 & 8, length - 2, LENGTH_IN_FAR - 2, out, size);
        }
        out[at] = (byte) (told << 2);
        out[at + 1] = (byte) (told >> 6);
        return at + 2;
    }

    @Override
    public void close() {
        room = new byte[0];
    }
}
