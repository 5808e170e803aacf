package org.kdump.vmcore.diskdump;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.kdump.vmcore.DumpWriterFixture.page;
import static org.kdump.vmcore.DumpWriterFixture.stored;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.DumpOutput;
import org.kdump.vmcore.DumpWriterFixture;
import org.kdump.vmcore.FileOutput;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Utsname;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;

/// A dump of the frames 0 to 255 and 2048 to 2111 in three parts.
class SplitTest {
    private static final Utsname UTSNAME = new Utsname("Linux", "node", "6.1.0", "#1", "x86_64", "");
    private static final int PAGES = 256 + 64;

    @TempDir
    Path directory;

    private final List<FileChannel> channels = new ArrayList<>();
    private Vmcore source;
    private SplitWriter writer;

    @BeforeEach
    void begin() throws IOException {
        source = DumpWriterFixture.source();
        List<DumpOutput> outputs = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            channels.add(DumpWriterFixture.create(directory.resolve("part" + i)));
            outputs.add(new FileOutput("part" + i, channels.getLast()));
        }
        writer = new SplitWriter(outputs, source, UTSNAME, PageCodec.LZO, 17);
        long[] memory = new long[512];
        long[] dumped = new long[512];
        Arrays.fill(memory, 0, 16, -1);
        Arrays.fill(memory, 32, 40, -1);
        Arrays.fill(dumped, 0, 4, -1);
        dumped[32] = -1;
        writer.select(0, memory, dumped);
        writer.beginPages(PAGES);
    }

    @AfterEach
    void close() throws IOException {
        for (FileChannel channel : channels) {
            channel.close();
        }
        source.close();
    }

    private void writeAll() throws IOException {
        writer.append(stored(source, 0, 256));
        writer.append(stored(source, 2048, 64));
        writer.finish(true);
    }

    private DiskdumpVmcore part(int index) throws IOException {
        return DiskdumpFixture.open(Files.readAllBytes(directory.resolve("part" + index)));
    }

    @Test
    void thePartsTogetherAreTheDump() throws IOException {
        writeAll();
        try (SplitVmcore dump = new SplitVmcore(List.of(part(2), part(0), part(1)))) {
            assertEquals(List.of(), dump.problems());
            assertEquals(3, dump.parts().size());
            assertEquals(source.memory(), dump.memory());
            for (long pfn : new long[] {0, 63, 64, 128, 255, 2048, 2111}) {
                assertArrayEquals(page(source, pfn), page(dump, pfn), "frame " + pfn);
            }
            assertEquals(Presence.EXCLUDED, dump.presence(256 * 4096));
            assertEquals(Presence.ABSENT, dump.presence(1024 * 4096));
            int pages = 0;
            for (DiskdumpVmcore part : dump.parts()) {
                assertEquals(List.of(), part.headerDamage());
                for (long pfn = part.nextDumped(0); pfn >= 0; pfn = part.nextDumped(pfn + 1)) {
                    assertEquals(Optional.empty(), part.damage(pfn, new byte[4096]));
                    pages++;
                }
            }
            assertEquals(PAGES, pages);
        }
    }

    @Test
    void aPartThatIsNotGivenIsMissing() throws IOException {
        writeAll();
        try (SplitVmcore dump = new SplitVmcore(List.of(part(0), part(2)))) {
            assertEquals(1, dump.problems().size(), () -> dump.problems().toString());
            assertTrue(dump.problems().getFirst().endsWith("is not given"));
            long lost = part(1).subHeader().startPfn() * 4096;
            assertEquals(Presence.MISSING, dump.presence(lost));
            assertEquals(Presence.PRESENT, dump.presence(0));
        }
        try (Vmcore part = part(1)) {
            assertTrue(part.problems().getFirst().contains("kdump convert"));
        }
    }

    @Test
    void atEachMomentThePartsOpen() throws IOException {
        try (Vmcore dump = new SplitVmcore(List.of(part(0), part(1), part(2)))) {
            assertEquals(source.info().text(), dump.info().text());
            assertEquals(Presence.MISSING, dump.presence(0));
        }
        writer.append(stored(source, 0, 256));
        try (Vmcore dump = new SplitVmcore(List.of(part(0), part(1), part(2)))) {
            assertArrayEquals(page(source, 255), page(dump, 255));
            assertEquals(Presence.MISSING, dump.presence(2048L * 4096));
            assertTrue(dump.problems().getFirst().contains("marked it incomplete"));
        }
    }

    @Test
    void aWholeDumpIsNoPart() throws IOException {
        writeAll();
        DiskdumpVmcore whole = DiskdumpFixture.usual().open();
        assertThrows(MalformedInputException.class, () -> new SplitVmcore(List.of(whole)));
        assertThrows(MalformedInputException.class, () -> new SplitVmcore(List.of(part(0), whole)));
    }
}
