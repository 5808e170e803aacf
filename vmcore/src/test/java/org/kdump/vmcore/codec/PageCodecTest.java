package org.kdump.vmcore.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.zip.DataFormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PageCodecTest {
    private static final int PAGE = 4096;

    @ParameterizedTest
    @EnumSource
    void givesBackEveryPage(PageCodec codec) throws DataFormatException {
        Random random = new Random(1);
        try (PageCompressor compressor = codec.compressor();
                PageDecompressor decompressor = codec.decompressor()) {
            for (int i = 0; i < 100; i++) {
                byte[] page = page(random, i);
                byte[] target = new byte[2 * PAGE];
                int size = compressor.compress(page, PAGE, target);
                assertTrue(size > 0, "of a page that is " + i + " % noise");
                byte[] again = new byte[PAGE];
                decompressor.decompress(target, size, again);
                assertArrayEquals(page, again);
            }
        }
    }

    private static byte[] page(Random random, int noise) {
        byte[] page = new byte[PAGE];
        random.nextBytes(page);
        Arrays.fill(page, 0, PAGE - PAGE * noise / 100, (byte) noise);
        return page;
    }

    @ParameterizedTest
    @EnumSource
    void saysThatAPageDoesNotShrink(PageCodec codec) {
        try (PageCompressor compressor = codec.compressor()) {
            assertEquals(-1, compressor.compress(page(new Random(2), 100), PAGE, new byte[PAGE - 1]));
            // And it can still be used.
            int size = compressor.compress(page(new Random(2), 0), PAGE, new byte[PAGE]);
            assertTrue(codec == PageCodec.NONE ? size == PAGE : size > 0 && size < 250, "size " + size);
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusesWhatDoesNotMakeAPage(PageCodec codec) {
        byte[] compressed = new byte[PAGE];
        try (PageCompressor compressor = codec.compressor();
                PageDecompressor decompressor = codec.decompressor()) {
            int size = compressor.compress(page(new Random(3), 10), PAGE, compressed);
            for (int length : new int[] {PAGE - 1, PAGE + 1, 0, 1}) {
                byte[] wrong = new byte[length];
                assertThrows(DataFormatException.class, () -> decompressor.decompress(compressed, size, wrong));
            }
            byte[] page = new byte[PAGE];
            assertThrows(DataFormatException.class, () -> decompressor.decompress(compressed, size - 1, page));
            assertThrows(DataFormatException.class, () -> decompressor.decompress(compressed, 0, page));
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void survivesEveryFlippedByte(PageCodec codec) {
        byte[] compressed = new byte[PAGE];
        byte[] page = new byte[PAGE];
        try (PageCompressor compressor = codec.compressor();
                PageDecompressor decompressor = codec.decompressor()) {
            int size = compressor.compress(page(new Random(4), 10), PAGE, compressed);
            for (int i = 0; i < size; i++) {
                compressed[i] ^= (byte) 0xff;
                try {
                    decompressor.decompress(compressed, size, page);
                } catch (DataFormatException expected) {
                    assertNotNull(expected.getMessage());
                }
                compressed[i] ^= (byte) 0xff;
            }
        }
    }

    @Test
    void knowsFlags() {
        assertEquals(Optional.of(PageCodec.NONE), PageCodec.ofFlags(0));
        assertEquals(Optional.of(PageCodec.ZSTD), PageCodec.ofFlags(0x20));
        assertEquals(Optional.of(PageCodec.LZO), PageCodec.ofFlags(0x2 | 0x8));
        assertEquals(Optional.empty(), PageCodec.ofFlags(0x3));
    }
}
