package org.kdump.vmcore.elfcore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.kdump.vmcore.DumpWriterFixture.PAGE;
import static org.kdump.vmcore.DumpWriterFixture.bare;
import static org.kdump.vmcore.DumpWriterFixture.page;
import static org.kdump.vmcore.DumpWriterFixture.stored;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfFile;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.ProgramHeader;
import org.kdump.vmcore.DumpOutput;
import org.kdump.vmcore.DumpWriterFixture;
import org.kdump.vmcore.FileOutput;
import org.kdump.vmcore.PageBatch.Kind;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;

class ElfCoreWriterTest {
    @TempDir
    private Path directory;

    private Path file;
    private Vmcore source;
    private FileChannel channel;
    private ElfCoreWriter writer;

    @BeforeEach
    void begin() throws IOException {
        file = directory.resolve("core");
        source = DumpWriterFixture.source();
        channel = DumpWriterFixture.create(file);
        writer = new ElfCoreWriter(new FileOutput("core", channel), source, false);
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
        source.close();
    }

    private ElfCoreVmcore reopen() throws IOException {
        return ElfCoreFixture.open(Files.readAllBytes(file));
    }

    @Test
    void longRowsAreLeftOutAndShortOnesAreZero() throws IOException {
        writer.append(stored(source, 0, 100));
        writer.append(bare(Kind.ZERO, 100, 100));
        writer.append(stored(source, 200, 100));
        writer.append(bare(Kind.ZERO, 300, 300));
        writer.append(stored(source, 600, 100));
        writer.append(stored(source, 2048, 10));
        writer.finish(true);
        try (ElfCoreVmcore core = reopen()) {
            assertEquals(List.of(), core.problems());
            assertEquals(source.memory(), core.memory());
            assertEquals(source.info().text(), core.info().text());
            assertArrayEquals(new byte[PAGE], page(core, 150));
            for (long pfn : new long[] {0, 99, 200, 299, 600, 699, 2048, 2057}) {
                assertArrayEquals(page(source, pfn), page(core, pfn), "frame " + pfn);
            }
            assertEquals(Presence.EXCLUDED, core.presence(450 * PAGE));
            assertEquals(Presence.EXCLUDED, core.presence(700 * PAGE));
            assertEquals(Presence.EXCLUDED, core.presence(2058 * PAGE));
        }
    }

    @Test
    void theKernelsTextKeepsItsAddressesAndSharesItsData() throws IOException {
        writer.append(stored(source, 0, 1024));
        writer.append(bare(Kind.ZERO, 2048, 512));
        writer.finish(true);
        try (ElfCoreVmcore core = reopen()) {
            List<ProgramHeader> text = core.loads().stream()
                    .filter(load -> load.virtualAddress() >>> 32 == 0xffffffffL)
                    .toList();
            ProgramHeader direct = core.loads().getFirst();
            assertEquals(1, text.size());
            assertEquals(0xffffffff81000000L, text.getFirst().virtualAddress());
            assertEquals(256 * PAGE, text.getFirst().fileSize());
            assertEquals(direct.offset() + 256 * PAGE, text.getFirst().offset());
        }
    }

    @Test
    void aPageThatIsNotThereNeverReadsAsZero() throws IOException {
        writer.append(stored(source, 0, 10));
        writer.append(bare(Kind.UNREADABLE, 10, 1));
        writer.append(stored(source, 11, 10));
        writer.append(stored(source, 23, 10));
        writer.finish(false);
        try (ElfCoreVmcore core = reopen()) {
            for (long pfn : new long[] {10, 21, 22}) {
                assertEquals(Presence.EXCLUDED, core.presence(pfn * PAGE), "frame " + pfn);
            }
            assertArrayEquals(page(source, 23), page(core, 23));
        }
    }

    @Test
    void atEachMomentTheFileOpensAsFarAsItGoes() throws IOException {
        assertMissingFrom(0);
        for (int pfn = 0; pfn < 1024; pfn += 128) {
            writer.append(stored(source, pfn, 128));
            assertMissingFrom(pfn + 128);
        }
        writer.append(bare(Kind.ZERO, 2048, 100));
        assertMissingFrom(2148);
        writer.finish(false);
        assertMissingFrom(2148);
    }

    private void assertMissingFrom(long pfn) throws IOException {
        try (ElfCoreVmcore core = reopen()) {
            assertTrue(core.problems().getFirst().contains("truncated"), core.problems()::toString);
            assertEquals(source.info().text(), core.info().text());
            long first = pfn == 1024 ? 2048 : pfn;
            assertEquals(Presence.MISSING, core.presence(first * PAGE));
            assertEquals(pfn == 0 ? 0 : PAGE, page(core, 0).length);
            if (pfn > 0 && pfn <= 1024) {
                assertArrayEquals(page(source, pfn - 1), page(core, pfn - 1));
            }
        }
    }

    /// Looks at the file after each write, as whoever finds it when the writer was killed then.
    private final class Watched extends DumpOutput {
        private final FileOutput output = new FileOutput("core", channel);
        private boolean watched;
        private int writes;

        @Override
        protected void put(long offset, ByteBuffer bytes) throws IOException {
            output.write(offset, bytes);
            if (watched) {
                writes++;
                try (ElfCoreVmcore core = reopen()) {
                    assertArrayEquals(page(source, 2105), page(core, 2105), "after write " + writes);
                }
            }
        }

        @Override
        public boolean isStream() {
            return false;
        }

        @Override
        public void read(long offset, ByteBuffer bytes) throws IOException {
            output.read(offset, bytes);
        }

        @Override
        public void force() {}

        @Override
        public void end() {}
    }

    @Test
    void whatWasWrittenFirstIsThereAfterEachWrite() throws IOException {
        Watched output = new Watched();
        ElfCoreWriter writes = new ElfCoreWriter(output, source, false);
        writes.first(stored(source, 2100, 10), new long[10]);
        output.watched = true;
        writes.append(stored(source, 0, 100));
        writes.append(stored(source, 400, 100));
        writes.append(bare(Kind.UNREADABLE, 500, 1));
        writes.append(stored(source, 800, 100));
        writes.append(stored(source, 2048, 100));
        writes.append(stored(source, 2500, 10));
        writes.finish(true);
        assertTrue(output.writes > 20, output.writes + " writes");
        try (ElfCoreVmcore core = reopen()) {
            assertEquals(List.of(), core.problems());
            assertEquals(
                    ElfClass.ELF64.headerSize(),
                    ElfFile.read(ByteSource.of("core", channel)).header().programHeaderOffset());
        }
    }

    private ElfCoreVmcore of32Bits(long high) throws IOException {
        byte[] pages = DumpWriterFixture.page(source, 5);
        Vmcore small = new ElfCoreFixture(ElfClass.ELF32, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_386)
                .vmcoreinfo("OSRELEASE=6.1.0\nPAGESIZE=4096\n")
                .load(0xc0000000L, 0, new byte[16 * PAGE])
                .load(0xffffffffL, high, pages)
                .open();
        try (small;
                FileChannel other = DumpWriterFixture.create(file)) {
            ElfCoreWriter writes = new ElfCoreWriter(new FileOutput("core", other), small, true);
            writes.append(stored(small, 0, 16));
            writes.append(stored(small, high / PAGE, 1));
            writes.finish(true);
            ElfCoreVmcore core = reopen();
            assertEquals(List.of(), core.problems());
            assertEquals(small.memory(), core.memory());
            assertArrayEquals(pages, page(core, high / PAGE));
            assertEquals(0xc0000000L, core.loads().getFirst().virtualAddress());
            return core;
        }
    }

    @Test
    void a32BitMachineIsWrittenAsElf32WhereItFits() throws IOException {
        try (ElfCoreVmcore core = of32Bits(0x40000000L)) {
            assertEquals(1, Files.readAllBytes(file)[4]);
            assertTrue(core.loads().stream()
                    .anyMatch(load -> load.physicalAddress() == 0x40000000L && load.virtualAddress() == 0));
        }
        try (ElfCoreVmcore core = of32Bits(0xd0000000L)) {
            assertEquals(2, Files.readAllBytes(file)[4]);
            assertEquals(ElfClass.ELF32, core.elfClass());
        }
    }
}
