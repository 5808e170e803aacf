package org.kdump.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kdump.elf.Note;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.diskdump.DiskdumpVmcore;
import org.kdump.vmcore.format.VmcoreFile;

class FilterTest {
    private static final int PAGE = CrashedMachine.PAGE;
    private static final long SECRET = 0x120ff0;
    private static final long FREE = 0x800;

    @TempDir
    private Path directory;

    private final CrashedMachine machine = new CrashedMachine(-268435456);
    private byte[] before;

    /// A step of a filter.
    @FunctionalInterface
    private interface Step {
        void decide(FilterDecisions decisions) throws IOException;
    }

    private record StepFilter(Step step) implements DumpFilter {
        @Override
        public String name() {
            return "step";
        }

        @Override
        public void decide(Vmcore source, String argument, FilterDecisions decisions) throws IOException {
            assertEquals("argument", argument);
            step.decide(decisions);
        }
    }

    @BeforeEach
    void fill() {
        machine.fill(0x100, 80).fill(FREE, 8).free(FREE, 3);
    }

    private static CaptureRequest request(DumpFormat format, int level, Step step) {
        return new CaptureRequest(new DumpLevel(level), format, PageCodec.ZLIB, 2, true)
                .with(new PageRules(false, false, false, Map.of(new StepFilter(step), "argument")));
    }

    private Vmcore capture(CaptureRequest request) throws IOException {
        try (Vmcore source = VmcoreFile.open(machine.writeTo(directory.resolve("vmcore")))) {
            before = read(source, SECRET - PAGE, 3 * PAGE);
            CaptureResult result = Capture.run(source, directory.resolve("dump"), request, ProgressListener.NONE);
            assertTrue(result.complete(), result.problems()::toString);
            assertEquals(
                    4096 + 2048,
                    result.pages().values().stream().mapToLong(Long::longValue).sum());
        }
        return VmcoreFile.open(directory.resolve("dump"));
    }

    private static byte[] read(Vmcore vmcore, long address, int size) throws IOException {
        byte[] bytes = new byte[size];
        assertEquals(size, vmcore.read(address, MemorySegment.ofArray(bytes)));
        return bytes;
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RAW")
    void whatIsScrubbedIsOverwrittenAndNothingElse(DumpFormat format) throws IOException {
        Step step = decisions -> {
            decisions.scrub(new PhysicalRange(SECRET, SECRET + 32), FilterDecisions.MARKER);
            decisions.scrub(new PhysicalRange(SECRET + 40, SECRET + 48), (byte) 0);
            decisions.report("erase secret size 32");
        };
        try (Vmcore dump = capture(request(format, 17, step))) {
            byte[] expected = before.clone();
            java.util.Arrays.fill(expected, PAGE, PAGE + 32, (byte) 'X');
            java.util.Arrays.fill(expected, PAGE + 40, PAGE + 48, (byte) 0);
            assertArrayEquals(expected, read(dump, SECRET - PAGE, expected.length));
            Note note = dump.notes().getLast();
            assertEquals("ERASEINFO", note.name());
            byte[] text = note.description().toArray(ValueLayout.JAVA_BYTE);
            assertEquals("erase secret size 32\n", new String(text, StandardCharsets.UTF_8));
        }
    }

    @Test
    void theHeaderDoesNotTellWhatIsScrubbed() throws IOException {
        Step step = decisions -> decisions.scrub(new PhysicalRange(0xa041, 0xa041 + 64), FilterDecisions.MARKER);
        try (Vmcore dump = capture(request(DumpFormat.KDUMP, 0, step))) {
            String name = ((DiskdumpVmcore) dump).header().utsname().nodename();
            assertEquals("X".repeat(64), name);
        }
    }

    @Test
    void aDumpOfADumpStillTellsWhatWasErased() throws IOException {
        capture(request(DumpFormat.KDUMP, 0, decisions -> decisions.report("erase x nullify")))
                .close();
        try (Vmcore first = VmcoreFile.open(directory.resolve("dump"))) {
            CaptureRequest plain = new CaptureRequest(DumpLevel.EVERYTHING, DumpFormat.ELF, PageCodec.NONE, 1, true);
            Capture.run(first, directory.resolve("second"), plain, ProgressListener.NONE);
        }
        try (Vmcore second = VmcoreFile.open(directory.resolve("second"))) {
            assertEquals("ERASEINFO", second.notes().getLast().name());
        }
    }

    @Test
    void pagesAreKeptAndDropped() throws IOException {
        Step step = decisions -> {
            decisions.keep(new PhysicalRange((FREE + 1) * PAGE + 7, (FREE + 2) * PAGE + 1));
            decisions.drop(new PhysicalRange(0x110 * PAGE, 0x120 * PAGE));
            decisions.keep(new PhysicalRange(0x118 * PAGE, 0x119 * PAGE));
        };
        try (Vmcore dump = capture(request(DumpFormat.KDUMP, 16, step))) {
            assertEquals(Presence.EXCLUDED, dump.presence(FREE * PAGE));
            assertEquals(Presence.PRESENT, dump.presence((FREE + 1) * PAGE));
            assertEquals(Presence.PRESENT, dump.presence((FREE + 2) * PAGE));
            assertEquals(Presence.EXCLUDED, dump.presence((FREE + 3) * PAGE));
            assertEquals(Presence.PRESENT, dump.presence(0x10f * PAGE));
            assertEquals(Presence.EXCLUDED, dump.presence(0x110 * PAGE));
            assertEquals(Presence.PRESENT, dump.presence(0x118 * PAGE));
            assertEquals(Presence.EXCLUDED, dump.presence(0x11f * PAGE));
        }
    }

    @Test
    void theMemoryMapOfWhatIsLeftOutIsLeftOut() throws IOException {
        // 64 struct pages are a page: one tells of free pages alone, one of others too.
        machine.free(0x900, 6).free(0x940, 5);
        CaptureRequest request = new CaptureRequest(new DumpLevel(16), DumpFormat.KDUMP, PageCodec.ZLIB, 2, true)
                .with(new PageRules(false, true, false, Map.of()));
        try (Vmcore dump = capture(request)) {
            assertEquals(Presence.EXCLUDED, dump.presence(0x400000 + 0x900 * 64));
            assertEquals(Presence.PRESENT, dump.presence(0x400000 + 0x940 * 64));
            assertEquals(Presence.PRESENT, dump.presence(0x400000 + 0x8c0 * 64));
        }
    }

    /// To read broken memory could end the capture, and what is offline may not be there.
    @ParameterizedTest
    @EnumSource
    void brokenAndOfflineMemoryIsNeverRead(DumpFormat format) throws IOException {
        machine.page(0x200, 1 << 21, 0, -1).page(0x201, 0, 0, 0xf1 << 24);
        PhysicalRange never = new PhysicalRange(0x200 * PAGE, 0x202 * PAGE);
        try (Vmcore source = VmcoreFile.open(machine.writeTo(directory.resolve("vmcore")))) {
            Vmcore failing = new FailingVmcore(source, never.start(), never.end());
            for (int level : new int[] {0, 1, 31}) {
                CaptureRequest request = request(format, level, decisions -> decisions.keep(never));
                CaptureResult result = Capture.run(failing, directory.resolve("dump"), request, ProgressListener.NONE);
                assertEquals(List.of(), result.problems());
                assertEquals(1, result.pages().get(PageClass.POISONED));
                assertEquals(1, result.pages().get(PageClass.OFFLINE));
            }
            MemoryUsage.of(failing, ProgressListener.NONE);
        }
    }

    @Test
    void aFilterThatCannotDecideEndsTheCaptureBeforeItBegins() {
        Step step = decisions -> {
            throw new IOException("no");
        };
        assertThrows(IOException.class, () -> capture(request(DumpFormat.KDUMP, 0, step)));
        assertFalse(Files.exists(directory.resolve("dump.incomplete")));
        assertThrows(
                IOException.class,
                () -> capture(request(DumpFormat.KDUMP, 0, decisions -> {
                    for (int i = 0; i < 1 << 17; i++) {
                        decisions.drop(new PhysicalRange(i, i + 1));
                    }
                })));
    }
}
