package org.kdump.elf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ByteSourceTest {
    @TempDir
    Path directory;

    /// /proc/vmcore is read and not mapped, and the mem_map of it goes into an array of words.
    @Test
    void aFileIsReadIntoAnArrayOfWords() throws IOException {
        long[] expected = new long[20_000];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = i * 0x0123_4567_89ab_cdefL;
        }
        ByteBuffer bytes = ByteBuffer.allocate(expected.length * 8).order(ByteOrder.nativeOrder());
        bytes.asLongBuffer().put(expected);
        Path file = Files.write(directory.resolve("words"), bytes.array());
        long[] words = new long[expected.length + 3];
        try (FileChannel channel = FileChannel.open(file)) {
            int read = ByteSource.of("words", channel).read(0, MemorySegment.ofArray(words));
            assertEquals(bytes.capacity(), read);
        }
        assertArrayEquals(expected, java.util.Arrays.copyOf(words, expected.length));
    }
}
