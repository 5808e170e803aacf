package org.kdump.vmcore.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// The first half of deflate (RFC 1951, 4): a page as bytes that stand for themselves and copies of bytes before them.
///
/// It takes the longest of the last few copies that begin with the same four bytes, found by a hash. Nothing is
/// allocated or cleared for a page: entries of pages before are told by their number, which never returns.
final class LiteralsAndMatches {
    /// `HLIT` at most: 256 bytes, the end, 29 lengths.
    static final int LITERAL_SYMBOLS = 286;
    /// `HDIST` at most.
    static final int DISTANCE_SYMBOLS = 30;
    /// The symbol that ends a block.
    static final int END = 256;
    /// The symbol of the shortest length; longer ones follow.
    static final int FIRST_LENGTH = 257;

    // RFC 1951, 3.2.5: the smallest length and distance of each symbol, and how many bits tell the rest.
    private static final int[] LENGTH_BASE = {
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258
    };
    private static final byte[] LENGTH_EXTRA = {
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0
    };
    private static final int[] DISTANCE_BASE = new int[DISTANCE_SYMBOLS];
    private static final byte[] DISTANCE_EXTRA = new byte[DISTANCE_SYMBOLS];
    private static final int LONGEST = 258;
    private static final byte[] SYMBOL_OF_LENGTH = new byte[LONGEST + 1];

    static {
        for (int symbol = 0, base = 1; symbol < DISTANCE_SYMBOLS; symbol++) {
            DISTANCE_EXTRA[symbol] = (byte) Math.max(0, symbol / 2 - 1);
            DISTANCE_BASE[symbol] = base;
            base += 1 << DISTANCE_EXTRA[symbol];
        }
        for (int symbol = 0; symbol < LENGTH_BASE.length; symbol++) {
            Arrays.fill(SYMBOL_OF_LENGTH, LENGTH_BASE[symbol], SYMBOL_OF_LENGTH.length, (byte) symbol);
        }
    }

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int HASH_BITS = 12;
    private static final int FARTHEST = 1 << 15;
    private static final int SHORTEST = 4;
    /// Copies looked at, at most. With 3 pages get no larger than zlib's level 1 makes them; 2 saves little time.
    private static final int CANDIDATES = 3;
    /// A copy as long is taken without looking for a longer one.
    private static final int LONG_ENOUGH = 32;
    /// Of a copy only the first bytes are noted: what follows it is rarely looked for.
    private static final int ENTERED = 8;
    private static final char NONE = 0xffff;
    private static final int MATCH = 1 << 31;

    private final int pageSize;
    private final int[] newest = new int[1 << HASH_BITS];
    private final char[] older;
    private final int[] tokens;
    private final int[] literalCounts = new int[LITERAL_SYMBOLS];
    private final int[] distanceCounts = new int[DISTANCE_SYMBOLS];
    private int firstNumber;
    private int size;

    /// @param pageSize of the longest page, up to 65536
    LiteralsAndMatches(int pageSize) {
        this.pageSize = pageSize;
        older = new char[pageSize];
        tokens = new int[pageSize];
        forget();
    }

    private void forget() {
        Arrays.fill(newest, -pageSize);
        firstNumber = 0;
    }

    /// Takes a page in the place of the one before.
    void parse(byte[] page, int length) {
        Arrays.fill(literalCounts, 0);
        Arrays.fill(distanceCounts, 0);
        literalCounts[END] = 1;
        if (firstNumber > Integer.MAX_VALUE - 2 * pageSize) {
            forget();
        }
        size = 0;
        // The last bytes are taken as they are, so that eight can be read anywhere before them.
        int end = Math.max(0, length - Long.BYTES);
        int at = 0;
        while (at < end) {
            at = step(page, at, end, length);
        }
        for (; at < length; at++) {
            literal(page[at] & 0xff);
        }
        firstNumber += pageSize;
    }

    private int step(byte[] page, int at, int end, int length) {
        int first = (int) INT.get(page, at);
        int candidate = enter(first, at);
        int best = SHORTEST - 1;
        int bestAt = -1;
        for (int i = 0; i < CANDIDATES && candidate >= 0 && at - candidate <= FARTHEST; i++) {
            // A copy is longer only if it has the byte behind the best one's end.
            if ((int) INT.get(page, candidate) == first && page[candidate + best] == page[at + best]) {
                int same = same(page, candidate, at, length);
                if (same > best) {
                    best = same;
                    bestAt = candidate;
                    if (same >= LONG_ENOUGH || at + same == length) {
                        break;
                    }
                }
            }
            candidate = older[candidate] == NONE ? -1 : older[candidate];
        }
        if (bestAt < 0) {
            literal(page[at] & 0xff);
            return at + 1;
        }
        match(best, at - bestAt);
        int lastInside = Math.min(at + Math.min(best, ENTERED), end);
        for (int inside = at + 1; inside < lastInside; inside++) {
            enter((int) INT.get(page, inside), inside);
        }
        return at + best;
    }

    /// Notes where four bytes stand, and tells where the same, or others of their hash, stood last; -1 if nowhere.
    private int enter(int bytes, int at) {
        int hash = bytes * 0x9E3779B1 >>> Integer.SIZE - HASH_BITS;
        int candidate = newest[hash] - firstNumber;
        newest[hash] = at + firstNumber;
        older[at] = candidate < 0 ? NONE : (char) candidate;
        return candidate;
    }

    /// How many bytes at `one` and `other` are the same, four being known to be.
    private static int same(byte[] page, int one, int other, int length) {
        int most = Math.min(length - other, LONGEST);
        int same = SHORTEST;
        while (same + Long.BYTES <= most) {
            long difference = (long) LONG.get(page, one + same) ^ (long) LONG.get(page, other + same);
            if (difference != 0) {
                return same + (Long.numberOfTrailingZeros(difference) >>> 3);
            }
            same += Long.BYTES;
        }
        while (same < most && page[one + same] == page[other + same]) {
            same++;
        }
        return same;
    }

    private void literal(int value) {
        literalCounts[value]++;
        tokens[size++] = value;
    }

    private void match(int length, int distance) {
        literalCounts[FIRST_LENGTH + SYMBOL_OF_LENGTH[length]]++;
        distanceCounts[symbolOfDistance(distance)]++;
        tokens[size++] = MATCH | length << 16 | distance - 1;
    }

    private static int symbolOfDistance(int distance) {
        int rest = distance - 1;
        if (rest < 4) {
            return rest;
        }
        int bits = 31 - Integer.numberOfLeadingZeros(rest);
        return 2 * bits + (rest >>> bits - 1 & 1);
    }

    /// How often each literal, the end and each length occurs.
    int[] literalCounts() {
        return literalCounts;
    }

    /// How often each distance occurs.
    int[] distanceCounts() {
        return distanceCounts;
    }

    /// The bits of the page in these codes.
    long bits(HuffmanCode literals, HuffmanCode distances) {
        long bits = 0;
        for (int symbol = 0; symbol < LITERAL_SYMBOLS; symbol++) {
            int extra = symbol < FIRST_LENGTH ? 0 : LENGTH_EXTRA[symbol - FIRST_LENGTH];
            bits += (long) literalCounts[symbol] * (literals.lengthOf(symbol) + extra);
        }
        for (int symbol = 0; symbol < DISTANCE_SYMBOLS; symbol++) {
            bits += (long) distanceCounts[symbol] * (distances.lengthOf(symbol) + DISTANCE_EXTRA[symbol]);
        }
        return bits;
    }

    /// Writes the page in these codes, with the end.
    void write(BitOutput out, HuffmanCode literals, HuffmanCode distances) {
        int[] near = literals.entries();
        int[] far = distances.entries();
        for (int i = 0; i < size; i++) {
            int token = tokens[i];
            if (token >= 0) {
                out.write(HuffmanCode.code(near[token]), HuffmanCode.length(near[token]));
            } else {
                writeMatch(out, near, far, token >>> 16 & 0x7fff, (token & 0xffff) + 1);
            }
        }
        out.write(HuffmanCode.code(near[END]), HuffmanCode.length(near[END]));
    }

    /// A copy takes 48 bits at most, so they are put together first.
    private static void writeMatch(BitOutput out, int[] near, int[] far, int length, int distance) {
        int symbol = SYMBOL_OF_LENGTH[length];
        int entry = near[FIRST_LENGTH + symbol];
        long bits = HuffmanCode.code(entry);
        int width = HuffmanCode.length(entry);
        bits |= (long) (length - LENGTH_BASE[symbol]) << width;
        width += LENGTH_EXTRA[symbol];
        int distanceSymbol = symbolOfDistance(distance);
        int distanceEntry = far[distanceSymbol];
        bits |= (long) HuffmanCode.code(distanceEntry) << width;
        width += HuffmanCode.length(distanceEntry);
        bits |= (long) (distance - DISTANCE_BASE[distanceSymbol]) << width;
        out.write(bits, width + DISTANCE_EXTRA[distanceSymbol]);
    }
}
