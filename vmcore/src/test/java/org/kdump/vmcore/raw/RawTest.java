package org.kdump.vmcore.raw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ByteSource;
import org.kdump.elf.Note;
import org.kdump.vmcore.Architecture;
import org.kdump.vmcore.DumpWriterFixture;
import org.kdump.vmcore.FileOutput;
import org.kdump.vmcore.PageBatch;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;

class RawTest {
    private static final int SIZE = 3 << 20;
    private static final String BEFORE = "OSRELEASE=6.1.0\nPAGESIZE=4096\nNUMBER(phys_base)=4096\n";

    @TempDir
    Path directory;

    private final ByteBuffer memory = ByteBuffer.allocate(SIZE);

    private void note(int at, ByteOrder order, String text) {
        ByteSink sink = new ByteSink(order);
        Note.write(sink, "VMCOREINFO", 0, text.getBytes(StandardCharsets.US_ASCII));
        memory.put(at, sink.toByteArray());
    }

    private Optional<RawVmcore> open() throws IOException {
        return RawVmcore.open(ByteSource.of("raw", MemorySegment.ofArray(memory.array())), () -> {});
    }

    @Test
    void theNoteOfTheCrashIsFound() throws IOException {
        memory.put(0x1000, "VMCOREINFO\0VMCOREINFO\0".getBytes(StandardCharsets.US_ASCII));
        note(0x4000, ByteOrder.LITTLE_ENDIAN, "NOTES=are other\n");
        note(0x8000, ByteOrder.LITTLE_ENDIAN, BEFORE);
        note((1 << 20) + 0x5000, ByteOrder.LITTLE_ENDIAN, BEFORE + "CRASHTIME=1700000000\n");
        note((2 << 20) + 0x5000, ByteOrder.LITTLE_ENDIAN, BEFORE);
        try (Vmcore vmcore = open().orElseThrow()) {
            assertEquals(1700000000L, vmcore.info().crashTime().orElseThrow());
            assertEquals(Architecture.X86_64, vmcore.architecture());
            assertEquals(ByteOrder.LITTLE_ENDIAN, vmcore.byteOrder());
            assertEquals(List.of(new PhysicalRange(0, SIZE)), vmcore.memory());
            assertEquals(Presence.ABSENT, vmcore.presence(SIZE));
            byte[] text = new byte[10];
            assertEquals(10, vmcore.read(0x1000, MemorySegment.ofArray(text)));
            assertEquals("VMCOREINFO", new String(text, StandardCharsets.US_ASCII));
            assertEquals(0, vmcore.read(-1, MemorySegment.ofArray(text)));
            assertEquals(5, vmcore.read(SIZE - 5, MemorySegment.ofArray(text)));
        }
    }

    @Test
    void aNoteAcrossWindowsAndAtTheEndsIsFound() throws IOException {
        for (int at : new int[] {0, (1 << 20) - 12, (1 << 20) - 16, SIZE - 24 - BEFORE.length() - 3 & -4}) {
            memory.put(0, new byte[SIZE]);
            note(at, ByteOrder.BIG_ENDIAN, BEFORE);
            assertEquals(ByteOrder.BIG_ENDIAN, open().orElseThrow().byteOrder(), "at " + at);
        }
    }

    @Test
    void memoryWithoutANoteIsNone() throws IOException {
        assertTrue(open().isEmpty());
        note(0, ByteOrder.LITTLE_ENDIAN, BEFORE);
        memory.order(ByteOrder.LITTLE_ENDIAN).putInt(4, Integer.MAX_VALUE);
        assertTrue(open().isEmpty());
    }

    @Test
    void eachPageIsWrittenToItsAddress() throws IOException {
        Path file = directory.resolve("raw");
        try (Vmcore source = DumpWriterFixture.source();
                FileChannel channel = DumpWriterFixture.create(file)) {
            RawWriter writer = new RawWriter(new FileOutput("raw", channel), source);
            writer.append(DumpWriterFixture.stored(source, 10, 5));
            writer.append(DumpWriterFixture.bare(PageBatch.Kind.ZERO, 15, 5));
            writer.append(DumpWriterFixture.bare(PageBatch.Kind.UNREADABLE, 20, 2));
            writer.append(DumpWriterFixture.stored(source, 2100, 3));
            writer.finish(true);
            byte[] written = Files.readAllBytes(file);
            assertEquals(source.maxPfn() * DumpWriterFixture.PAGE, written.length);
            for (int pfn : new int[] {10, 14, 2100, 2102}) {
                byte[] page = java.util.Arrays.copyOfRange(
                        written, pfn * DumpWriterFixture.PAGE, (pfn + 1) * DumpWriterFixture.PAGE);
                assertArrayEquals(DumpWriterFixture.page(source, pfn), page, "frame " + pfn);
            }
            assertTrue(writer.problems().getFirst().startsWith("2 pages"));
        }
    }
}
