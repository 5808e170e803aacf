package org.kdump.vmcore.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;

/// Judged by the JDK's zlib.
class ZlibCompressorTest {
    private final ZlibCompressor compressor = new ZlibCompressor();

    private int roundTrip(byte[] page) throws DataFormatException {
        byte[] stream = new byte[2 * page.length + 1024];
        int size = compressor.compress(page, page.length, stream);
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(stream, 0, size);
            byte[] again = new byte[page.length];
            assertEquals(page.length, inflater.inflate(again));
            assertEquals(0, inflater.inflate(new byte[1]));
            assertTrue(inflater.finished(), "the stream does not end");
            assertEquals(0, inflater.getRemaining());
            assertArrayEquals(page, again);
        } finally {
            inflater.end();
        }
        return size;
    }

    /// No copies, for there are 100^4 different four bytes; but not all byte values.
    private static byte[] words(Random random, int length) {
        byte[] page = new byte[length];
        for (int i = 0; i < length; i++) {
            page[i] = (byte) random.nextInt(100);
        }
        return page;
    }

    @Test
    void everyLength() throws DataFormatException {
        Random random = new Random(1);
        for (int length = 1; length < 600; length++) {
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
    void everyLengthAndDistanceOfACopy() throws DataFormatException {
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
    void aLargePageIsCopiedFromNoFartherThanTheWindow() throws DataFormatException {
        Random random = new Random(3);
        byte[] page = words(random, 1 << 16);
        for (int distance : new int[] {32767, 32768, 32769, 40000}) {
            byte[] copied = page.clone();
            System.arraycopy(page, 100, copied, 100 + distance, 500);
            roundTrip(copied);
        }
        Arrays.fill(page, (byte) 1);
        assertTrue(roundTrip(page) < 400);
        roundTrip(new byte[100]);
    }

    /// Counts like Fibonacci's numbers make the deepest tree; its codes must be cut to 15 bits.
    @Test
    void codesThatWouldBeTooLong() throws DataFormatException {
        byte[] page = new byte[1 << 16];
        int at = 0;
        int a = 1;
        int b = 1;
        for (int symbol = 0; at < page.length; symbol++) {
            for (int i = 0; i < a && at < page.length; i++) {
                page[at++] = (byte) symbol;
            }
            int sum = a + b;
            a = b;
            b = sum;
        }
        Random random = new Random(4);
        for (int i = page.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            byte swapped = page[i];
            page[i] = page[other];
            page[other] = swapped;
        }
        roundTrip(page);
    }

    @Test
    void manyPagesOneAfterTheOther() throws DataFormatException {
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
    void noLargerThanZlibMakesIt() throws DataFormatException {
        String words = "task_struct mm_struct page folio slab inode dentry the a of and 0x %d\n";
        Random random = new Random(6);
        long ours = 0;
        long theirs = 0;
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        for (int i = 0; i < 500; i++) {
            byte[] page = new byte[4096];
            for (int at = 0; at < page.length; ) {
                int from = random.nextInt(words.length());
                int length = Math.min(1 + random.nextInt(12), Math.min(words.length() - from, page.length - at));
                System.arraycopy(words.getBytes(java.nio.charset.StandardCharsets.US_ASCII), from, page, at, length);
                at += length;
            }
            ours += roundTrip(page);
            deflater.reset();
            deflater.setInput(page);
            deflater.finish();
            theirs += deflater.deflate(new byte[8192]);
        }
        deflater.end();
        assertTrue(ours <= theirs, ours + " bytes, and zlib makes " + theirs);
    }

    @Test
    void whatDoesNotFitIsTold() {
        byte[] page = new byte[4096];
        new Random(7).nextBytes(page);
        assertEquals(-1, compressor.compress(page, page.length, new byte[4095]));
        byte[] exact = new byte[8192];
        Arrays.fill(page, 0, 2000, (byte) 0);
        int size = compressor.compress(page, page.length, exact);
        assertEquals(size, compressor.compress(page, page.length, new byte[size]));
        assertEquals(-1, compressor.compress(page, page.length, new byte[size - 1]));
    }
}
