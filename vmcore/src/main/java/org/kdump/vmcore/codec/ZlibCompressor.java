package org.kdump.vmcore.codec;

import java.util.Arrays;
import java.util.zip.Adler32;

/// Pages as zlib streams (RFC 1950), each one block of deflate with codes of its own (RFC 1951).
///
/// It is ours, and not the JDK's, for speed: it takes two thirds of zlib's time at its level 1, at no larger size, for
/// it begins a page without clearing tables and never waits for more than the page.
///
/// ```
/// 78 01 | block: 1 (last), 10 (codes follow), HLIT 5, HDIST 5, HCLEN 4, code lengths, page | Adler-32, high byte first
/// ```
final class ZlibCompressor implements PageCompressor {
    private static final int HEADER = 2;
    private static final int CHECKSUM = 4;
    private static final int LAST_BLOCK_WITH_CODES = 0b101;
    private static final int LEAST_LENGTH_CODES = 4;
    /// The order in which the lengths of the code of the lengths are told (RFC 1951, 3.2.7).
    private static final int[] ORDER = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

    private static final int REPEAT = 16;
    private static final int FEW_ZEROES = 17;
    private static final int MANY_ZEROES = 18;
    private static final int[] REPEAT_EXTRA = {2, 3, 7};
    private static final int RUN_SHIFT = 5;
    private static final int SAMPLES = 8;
    private static final int SAMPLE = 64;
    private static final int RANDOM = 213;

    private final HuffmanCode literals = new HuffmanCode(LiteralsAndMatches.LITERAL_SYMBOLS, 15);
    private final HuffmanCode distances = new HuffmanCode(LiteralsAndMatches.DISTANCE_SYMBOLS, 15);
    private final HuffmanCode lengths = new HuffmanCode(ORDER.length, 7);
    private final int[] lengthCounts = new int[ORDER.length];
    // Runs of code lengths: a symbol of the code of the lengths, and above it what its extra bits tell.
    private final int[] runs = new int[LiteralsAndMatches.LITERAL_SYMBOLS + LiteralsAndMatches.DISTANCE_SYMBOLS];
    private final byte[] told = new byte[runs.length];
    private final long[] seen = new long[4];
    private final BitOutput bits = new BitOutput();
    private final Adler32 checksum = new Adler32();
    private LiteralsAndMatches page = new LiteralsAndMatches(1 << 12);
    private byte[] stream = new byte[0];
    private int pageSize = 1 << 12;
    private int runCount;

    @Override
    public int compress(byte[] source, int length, byte[] target) {
        if (length > pageSize) {
            pageSize = length;
            page = new LiteralsAndMatches(length);
        }
        if (looksRandom(source, length)) {
            return -1;
        }
        page.parse(source, length);
        literals.build(page.literalCounts());
        distances.build(page.distanceCounts());
        tellLengths();
        long size = HEADER + (headerBits() + page.bits(literals, distances) + 7 >>> 3) + CHECKSUM;
        if (size > target.length) {
            return -1;
        }
        if (size + Long.BYTES > stream.length) {
            stream = new byte[(int) size + Long.BYTES];
        }
        write(source, length);
        System.arraycopy(stream, 0, target, 0, (int) size);
        return (int) size;
    }

    /// Whether nearly every byte value occurs among a few hundred bytes from all over the page, as in one that
    /// is compressed or encrypted already: of 512 random bytes 221 differ in the mean, of a program's code half
    /// as many.
    private boolean looksRandom(byte[] source, int length) {
        if (length < 2 * SAMPLES * SAMPLE) {
            return false;
        }
        Arrays.fill(seen, 0);
        int between = length / SAMPLES;
        for (int sample = 0; sample < SAMPLES; sample++) {
            for (int i = sample * between; i < sample * between + SAMPLE; i++) {
                seen[(source[i] & 0xff) >>> 6] |= 1L << source[i];
            }
        }
        int different = 0;
        for (long some : seen) {
            different += Long.bitCount(some);
        }
        return different > RANDOM;
    }

    /// The lengths of both codes, one after the other, as runs.
    private void tellLengths() {
        int all = Math.max(LiteralsAndMatches.FIRST_LENGTH, literals.used());
        for (int i = 0; i < all; i++) {
            told[i] = (byte) literals.lengthOf(i);
        }
        int far = Math.max(1, distances.used());
        for (int i = 0; i < far; i++) {
            told[all + i] = (byte) distances.lengthOf(i);
        }
        Arrays.fill(lengthCounts, 0);
        runCount = 0;
        int end = all + far;
        for (int at = 0; at < end; ) {
            int next = at + 1;
            while (next < end && told[next] == told[at]) {
                next++;
            }
            run(told[at], next - at);
            at = next;
        }
        lengths.build(lengthCounts);
    }

    private void run(int length, int times) {
        int left = times;
        if (length == 0) {
            for (; left >= 11; left -= Math.min(left, 138)) {
                add(MANY_ZEROES, Math.min(left, 138) - 11);
            }
            if (left >= 3) {
                add(FEW_ZEROES, left - 3);
                left = 0;
            }
        } else if (left > 3) {
            add(length, 0);
            left--;
            for (; left >= 3; left -= Math.min(left, 6)) {
                add(REPEAT, Math.min(left, 6) - 3);
            }
        }
        for (; left > 0; left--) {
            add(length, 0);
        }
    }

    private void add(int symbol, int extra) {
        lengthCounts[symbol]++;
        runs[runCount++] = symbol | extra << RUN_SHIFT;
    }

    private int lengthCodes() {
        int count = ORDER.length;
        while (count > LEAST_LENGTH_CODES && lengths.lengthOf(ORDER[count - 1]) == 0) {
            count--;
        }
        return count;
    }

    private long headerBits() {
        long count = 3 + 5 + 5 + 4 + 3L * lengthCodes();
        for (int symbol = 0; symbol < ORDER.length; symbol++) {
            int extra = symbol < REPEAT ? 0 : REPEAT_EXTRA[symbol - REPEAT];
            count += (long) lengthCounts[symbol] * (lengths.lengthOf(symbol) + extra);
        }
        return count;
    }

    private void write(byte[] source, int length) {
        stream[0] = 0x78;
        stream[1] = 0x01;
        bits.begin(stream, HEADER);
        bits.write(LAST_BLOCK_WITH_CODES, 3);
        bits.write(Math.max(LiteralsAndMatches.FIRST_LENGTH, literals.used()) - LiteralsAndMatches.FIRST_LENGTH, 5);
        bits.write(Math.max(1, distances.used()) - 1, 5);
        int lengthCodes = lengthCodes();
        bits.write(lengthCodes - LEAST_LENGTH_CODES, 4);
        for (int i = 0; i < lengthCodes; i++) {
            bits.write(lengths.lengthOf(ORDER[i]), 3);
        }
        for (int i = 0; i < runCount; i++) {
            int symbol = runs[i] & (1 << RUN_SHIFT) - 1;
            bits.write(HuffmanCode.code(lengths.entries()[symbol]), lengths.lengthOf(symbol));
            if (symbol >= REPEAT) {
                bits.write(runs[i] >>> RUN_SHIFT, REPEAT_EXTRA[symbol - REPEAT]);
            }
        }
        page.write(bits, literals, distances);
        int at = bits.end();
        checksum.reset();
        checksum.update(source, 0, length);
        int sum = (int) checksum.getValue();
        for (int i = 0; i < CHECKSUM; i++) {
            stream[at + i] = (byte) (sum >>> 24 - 8 * i);
        }
    }

    @Override
    public void close() {
        // Nothing outside the heap.
    }
}
