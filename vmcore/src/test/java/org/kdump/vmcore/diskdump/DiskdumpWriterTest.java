package org.kdump.vmcore.diskdump;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.kdump.vmcore.DumpWriterFixture.PAGE;
import static org.kdump.vmcore.DumpWriterFixture.bare;
import static org.kdump.vmcore.DumpWriterFixture.page;
import static org.kdump.vmcore.DumpWriterFixture.stored;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.vmcore.DumpWriterFixture;
import org.kdump.vmcore.FileOutput;
import org.kdump.vmcore.PageBatch;
import org.kdump.vmcore.PageBatch.Kind;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Utsname;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;

class DiskdumpWriterTest {
    private static final Utsname UTSNAME = new Utsname("Linux", "node", "6.1.0", "#1", "x86_64", "");

    @TempDir
    private Path directory;

    private Path file;
    private Vmcore source;
    private FileChannel channel;
    private DiskdumpWriter writer;

    @BeforeEach
    void begin() throws IOException {
        file = directory.resolve("dump");
        source = DumpWriterFixture.source();
        channel = DumpWriterFixture.create(file);
        writer = new DiskdumpWriter(new FileOutput("dump", channel), source, UTSNAME, PageCodec.ZSTD, 17);
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
        source.close();
    }

    /// Memory as in the source; dumped are the frames 0 to 255 and 2048 to 2111.
    private void select() throws IOException {
        long[] memory = new long[512];
        long[] dumped = new long[512];
        java.util.Arrays.fill(memory, 0, 16, -1);
        java.util.Arrays.fill(memory, 32, 40, -1);
        java.util.Arrays.fill(dumped, 0, 4, -1);
        dumped[32] = -1;
        writer.select(0, memory, dumped);
        long[] readBack = new long[512];
        writer.selected(0, readBack);
        assertArrayEquals(dumped, readBack);
        writer.beginPages(256 + 64);
    }

    private List<PageBatch> batches() throws IOException {
        return List.of(stored(source, 0, 100), bare(Kind.ZERO, 100, 156), stored(source, 2048, 64));
    }

    private DiskdumpVmcore reopen() throws IOException {
        return DiskdumpFixture.open(Files.readAllBytes(file));
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        select();
        for (PageBatch batch : batches()) {
            writer.append(batch);
        }
        writer.finish(true);
        try (Vmcore dump = reopen()) {
            assertEquals(List.of(), dump.problems());
            assertEquals(source.memory(), dump.memory());
            assertEquals(source.info().text(), dump.info().text());
            assertEquals(source.notes().size(), dump.notes().size());
            assertArrayEquals(
                    source.notes().getFirst().bytes(), dump.notes().getFirst().bytes());
            assertArrayEquals(page(source, 99), page(dump, 99));
            assertArrayEquals(new byte[PAGE], page(dump, 255));
            assertArrayEquals(page(source, 2111), page(dump, 2111));
            assertEquals(Presence.EXCLUDED, dump.presence(256 * PAGE));
            assertEquals(Presence.ABSENT, dump.presence(1024 * PAGE));
        }
    }

    @Test
    void atEachMomentTheFileOpensAsFarAsItGoes() throws IOException {
        List<Long> pages = new ArrayList<>();
        try (Vmcore dump = reopen()) {
            assertEquals(source.info().text(), dump.info().text());
        }
        select();
        for (PageBatch batch : batches()) {
            for (int i = 0; i < batch.count(); i++) {
                pages.add(batch.pfn(i));
            }
            writer.append(batch);
            try (Vmcore dump = reopen()) {
                assertEquals(
                        "its writer could not finish it and marked it incomplete",
                        dump.problems().getFirst());
                for (long pfn : pages) {
                    assertEquals(PAGE, page(dump, pfn).length);
                }
                long missing = pages.size() == 320 ? 0 : 2111;
                assertEquals(missing == 0 ? Presence.PRESENT : Presence.MISSING, dump.presence(2111 * PAGE));
            }
        }
    }

    @Test
    void aPageThatCannotBeReadIsMissingAndOneThatIsNotInTheSourceExcluded() throws IOException {
        select();
        writer.append(stored(source, 0, 10));
        writer.append(bare(Kind.UNREADABLE, 10, 1));
        writer.append(bare(Kind.EXCLUDED, 11, 2));
        writer.append(stored(source, 13, 243));
        writer.append(stored(source, 2048, 64));
        writer.finish(false);
        try (Vmcore dump = reopen()) {
            assertEquals(Presence.MISSING, dump.presence(10 * PAGE));
            assertEquals(Presence.EXCLUDED, dump.presence(11 * PAGE));
            assertEquals(Presence.EXCLUDED, dump.presence(12 * PAGE));
            for (long pfn : new long[] {0, 9, 13, 255, 2048, 2111}) {
                assertArrayEquals(page(source, pfn), page(dump, pfn), "frame " + pfn);
            }
        }
    }
}
