package org.kdump.vmcore.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.airlift.compress.v3.lzo.LzoDecompressor;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Judged by aircompressor's decompressor.
class LzoCompressorTest {
    private final LzoCompressor compressor = new LzoCompressor();

    private int roundTrip(byte[] page) {
        byte[] block = new byte[2 * page.length + 1024];
        int size = compressor.compress(page, page.length, block);
        byte[] again = new byte[page.length];
        assertEquals(page.length, new LzoDecompressor().decompress(block, 0, size, again, 0, again.length));
        assertArrayEquals(page, again);
        return size;
    }

    /// No copies, for there are 100^4 different four bytes.
    private static byte[] words(Random random, int length) {
        byte[] page = new byte[length];
        for (int i = 0; i < length; i++) {
            page[i] = (byte) random.nextInt(100);
        }
        return page;
    }

    @Test
    void everyLength() {
        Random random = new Random(1);
        for (int length = 4; length < 600; length++) {
            byte[] page = new byte[length];
            random.nextBytes(page);
            roundTrip(page);
            Arrays.fill(page, (byte) length);
            roundTrip(page);
            Arrays.fill(page, 0, length / 2, (byte) 0);
            roundTrip(page);
        }
    }

    @Test
    void everyLengthAndDistanceOfACopy() {
        Random random = new Random(2);
        for (int i = 0; i < 3000; i++) {
            byte[] page = words(random, 4096);
            int length = random.nextInt(600);
            int from = random.nextInt(page.length - length);
            int to = random.nextInt(page.length - length);
            System.arraycopy(page, from, page, to, length);
            roundTrip(page);
        }
    }

    @Test
    void aLargePageIsCopiedFromAsFarAsTheFormatGoes() {
        Random random = new Random(3);
        byte[] page = words(random, 1 << 16);
        for (int distance : new int[] {2047, 2048, 2049, 16383, 16384, 16385, 32768, 49150, 49151, 49152, 60000}) {
            byte[] copied = page.clone();
            System.arraycopy(page, 100, copied, 100 + distance, 500);
            roundTrip(copied);
            for (int length = 4; length < 40; length++) {
                System.arraycopy(page, 100, copied, 100 + distance, length);
                roundTrip(copied);
            }
        }
        Arrays.fill(page, (byte) 1);
        assertTrue(roundTrip(page) < 400);
        roundTrip(words(random, 100));
    }

    @Test
    void manyPagesOneAfterTheOther() {
        Random random = new Random(5);
        for (int i = 0; i < 5000; i++) {
            byte[] page = new byte[4096];
            int symbols = 1 + random.nextInt(256);
            for (int at = 0; at < page.length; at++) {
                page[at] = (byte) (random.nextInt(symbols) * random.nextInt(symbols) / symbols);
            }
            roundTrip(page);
        }
    }

    @Test
    void whatDoesNotFitIsTold() {
        byte[] page = new byte[4096];
        new Random(7).nextBytes(page);
        assertEquals(-1, compressor.compress(page, page.length, new byte[4095]));
        Arrays.fill(page, 0, 2000, (byte) 0);
        int size = compressor.compress(page, page.length, new byte[8192]);
        assertEquals(size, compressor.compress(page, page.length, new byte[size]));
        assertEquals(-1, compressor.compress(page, page.length, new byte[size - 1]));
    }
}
