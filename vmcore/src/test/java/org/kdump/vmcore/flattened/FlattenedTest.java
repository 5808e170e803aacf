package org.kdump.vmcore.flattened;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.elf.ByteSource;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.DumpWriterFixture;
import org.kdump.vmcore.FileOutput;

class FlattenedTest {
    @TempDir
    Path directory;

    private static FlattenedSource open(byte[] file) throws IOException {
        return FlattenedSource.open(ByteSource.of("flat", MemorySegment.ofArray(file)));
    }

    private static byte[] contents(FlattenedSource source) throws IOException {
        byte[] all = new byte[(int) source.size()];
        assertEquals(all.length, source.read(0, MemorySegment.ofArray(all)));
        return all;
    }

    /// Records of many kinds: in a row and of one size, of others, over each other, and with holes between.
    private static byte[] write(Random random, byte[] model, int records) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        FlattenedOutput output = new FlattenedOutput("flat", Channels.newChannel(file));
        int at = 0;
        int length = 64;
        for (int i = 0; i < records; i++) {
            if (random.nextInt(4) == 0) {
                at = random.nextInt(model.length - 256);
                length = 1 + random.nextInt(200);
            }
            int count = Math.min(length, model.length - at);
            byte[] bytes = new byte[count];
            random.nextBytes(bytes);
            System.arraycopy(bytes, 0, model, at, count);
            output.write(at, ByteBuffer.wrap(bytes));
            at += count;
            if (at == model.length) {
                at = 0;
            }
        }
        output.write(model.length - 1, ByteBuffer.wrap(model, model.length - 1, 1));
        output.end();
        return file.toByteArray();
    }

    @Test
    void whatIsWrittenLastIsRead() throws IOException {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            byte[] model = new byte[4096];
            FlattenedSource source = open(write(random, model, random.nextInt(100)));
            assertArrayEquals(model, contents(source), "seed " + seed);
            for (int i = 0; i < 20; i++) {
                int from = random.nextInt(model.length);
                int length = random.nextInt(model.length - from);
                byte[] piece = new byte[length];
                assertEquals(length, source.read(from, MemorySegment.ofArray(piece)));
                assertArrayEquals(Arrays.copyOfRange(model, from, from + length), piece);
                try (Arena arena = Arena.ofConfined()) {
                    source.map(from, length, arena)
                            .ifPresent(mapped -> assertArrayEquals(piece, mapped.toArray(ValueLayout.JAVA_BYTE)));
                }
            }
        }
    }

    private byte[] rearranged(byte[] flat, boolean complete) throws IOException {
        Path file = directory.resolve("dump");
        try (FileChannel channel = DumpWriterFixture.create(file)) {
            var in = Channels.newChannel(new ByteArrayInputStream(flat));
            assertEquals(complete, Rearrangement.write("flat", in, new FileOutput("dump", channel)));
        }
        return Files.readAllBytes(file);
    }

    @Test
    void aPipeIsRearranged() throws IOException {
        byte[] model = new byte[4096];
        byte[] flat = write(new Random(1), model, 50);
        assertArrayEquals(model, rearranged(flat, true));
        for (int length = FlattenedHeader.SIZE; length < flat.length; length += 97) {
            byte[] part = Arrays.copyOf(flat, length);
            // In place and rearranged, a file that ends early goes equally far.
            assertArrayEquals(contents(open(part)), rearranged(part, false), "cut at " + length);
        }
    }

    @Test
    void whatIsNotFlattenedIsRefused() {
        byte[] other = new byte[8192];
        assertThrows(MalformedInputException.class, () -> open(other));
        assertThrows(MalformedInputException.class, () -> rearranged(other, false));
        assertThrows(MalformedInputException.class, () -> open(new byte[10]));
        assertThrows(MalformedInputException.class, () -> rearranged(new byte[10], false));
    }

    @Test
    void numbersThatCannotBeEndTheFile() throws IOException {
        for (long[] record : new long[][] {{-2, 4}, {0, -1}, {Long.MAX_VALUE, 5}, {-1, -1}}) {
            ByteBuffer file = ByteBuffer.allocate(FlattenedHeader.SIZE + 2 * FlattenedHeader.RECORD + 4);
            file.put(FlattenedHeader.start()).put(FlattenedHeader.record(0, 4)).putInt(42);
            file.put(FlattenedHeader.record(record[0], record[1]));
            assertArrayEquals(new byte[] {0, 0, 0, 42}, contents(open(file.array())));
        }
        ByteBuffer far = ByteBuffer.allocate(FlattenedHeader.SIZE + FlattenedHeader.RECORD + 4);
        far.put(FlattenedHeader.start()).put(FlattenedHeader.record(1L << 60, 1L << 40));
        FlattenedSource source = open(far.array());
        assertEquals((1L << 60) + 4, source.size());
        byte[] hole = {1, 1};
        assertEquals(2, source.read(1L << 59, MemorySegment.ofArray(hole)));
        assertArrayEquals(new byte[2], hole);
    }

    @Test
    void aLostPipeIsAnError() throws IOException {
        Path file = Files.createFile(directory.resolve("pipe"));
        FileChannel channel = FileChannel.open(file, java.nio.file.StandardOpenOption.WRITE);
        FlattenedOutput output = new FlattenedOutput("standard output", channel);
        channel.close();
        String message = assertThrows(IOException.class, () -> output.write(0, ByteBuffer.allocate(1)))
                .getMessage();
        assertTrue(message.startsWith("standard output: cannot be written to any more"), message);
        assertFalse(Files.size(file) > FlattenedHeader.SIZE);
    }
}
