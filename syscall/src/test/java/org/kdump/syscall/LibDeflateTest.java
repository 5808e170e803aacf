package org.kdump.syscall;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;

/// Judged by the JDK's zlib.
class LibDeflateTest {
    private static final int PAGE = 4096;
    /// So many bytes may be left where the library gives up.
    private static final int NEARLY = 16;

    private final LibDeflate library = LibDeflate.open().orElseThrow();

    @Test
    void zlibReadsItsStreams() throws DataFormatException {
        Random random = new Random(1);
        for (int noise = 0; noise <= 100; noise++) {
            byte[] page = new byte[PAGE];
            random.nextBytes(page);
            Arrays.fill(page, PAGE * noise / 100, PAGE, (byte) noise);
            byte[] stream = new byte[2 * PAGE];
            int size = library.compress(page, PAGE, stream);
            assertArrayEquals(page, inflated(stream, size));
        }
        library.close();
    }

    private static byte[] inflated(byte[] stream, int size) throws DataFormatException {
        try (Inflater inflater = new Inflater()) {
            inflater.setInput(stream, 0, size);
            byte[] page = new byte[PAGE];
            assertEquals(PAGE, inflater.inflate(page));
            assertEquals(0, inflater.inflate(new byte[1]));
            assertTrue(inflater.finished(), "the stream does not end");
            assertEquals(0, inflater.getRemaining());
            return page;
        }
    }

    @Test
    void whatDoesNotFitIsTold() {
        byte[] page = new byte[PAGE];
        new Random(2).nextBytes(page);
        assertEquals(0, library.compress(page, PAGE, new byte[PAGE - 1]));
        int size = library.compress(page, PAGE / 2, new byte[PAGE]);
        assertEquals(size, library.compress(page, PAGE / 2, new byte[size + NEARLY]));
        assertEquals(0, library.compress(page, PAGE / 2, new byte[size - 1]));
        library.close();
    }
}
