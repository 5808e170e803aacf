package org.kdump.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.format.Verification;
import org.kdump.vmcore.format.VmcoreFile;

/// What the summary is read from is in the dump before all else: of this machine init_uts_ns and its page tables.
class LogFirstTest {
    private static final int PAGE = CrashedMachine.PAGE;
    private static final long UTSNAME = 0xa000;
    private static final long TABLES = 0x2000;

    @TempDir
    private Path directory;

    private final CrashedMachine machine =
            new CrashedMachine(-268435456).fill(0, 2).fill(0x100, 80).fill(0x800, 200);

    private static CaptureRequest request(DumpFormat format, boolean logFirst) {
        return new CaptureRequest(new DumpLevel(0), format, PageCodec.NONE, 2, true)
                .with(new PageRules(false, false, logFirst, Map.of()));
    }

    private void capture(DumpFormat format, boolean logFirst, Path... targets) throws IOException {
        try (Vmcore source = VmcoreFile.open(machine.writeTo(directory.resolve("vmcore")))) {
            CaptureResult result =
                    Capture.run(source, List.of(targets), request(format, logFirst), ProgressListener.NONE);
            assertTrue(result.complete(), result.problems()::toString);
        }
    }

    private static byte[] memory(Vmcore vmcore) throws IOException {
        byte[] all = new byte[(int) CrashedMachine.HIGH_END];
        for (PhysicalRange range : vmcore.memory()) {
            MemorySegment target = MemorySegment.ofArray(all).asSlice(range.start(), range.length());
            assertEquals(range.length(), vmcore.read(range.start(), target));
        }
        return all;
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RAW")
    void theDumpHoldsTheSame(DumpFormat format) throws IOException {
        Path dump = directory.resolve("dump");
        capture(format, false, dump);
        byte[] expected;
        try (Vmcore plain = VmcoreFile.open(dump)) {
            expected = memory(plain);
        }
        capture(format, true, dump);
        try (Vmcore first = VmcoreFile.open(dump)) {
            assertArrayEquals(expected, memory(first));
            assertEquals(List.of(), first.problems());
            assertTrue(Verification.of(first, done -> {}).isSound());
        }
    }

    @Test
    void aKdumpDumpIsNoLarger() throws IOException {
        Path plain = directory.resolve("plain");
        Path first = directory.resolve("first");
        capture(DumpFormat.KDUMP, false, plain);
        capture(DumpFormat.KDUMP, true, first);
        assertEquals(Files.size(plain), Files.size(first));
    }

    @Test
    void eachPartHasItsOwn() throws IOException {
        Path one = directory.resolve("one");
        Path two = directory.resolve("two");
        Path whole = directory.resolve("whole");
        capture(DumpFormat.KDUMP, true, one, two);
        capture(DumpFormat.KDUMP, false, whole);
        try (Vmcore parts = VmcoreFile.open(List.of(two, one));
                Vmcore all = VmcoreFile.open(whole)) {
            assertArrayEquals(memory(all), memory(parts));
        }
    }

    /// A file that is cut off so early that it has not even the first page of memory has them.
    @ParameterizedTest
    @EnumSource(names = {"KDUMP", "FLATTENED"})
    void whatIsCutOffHasThem(DumpFormat format) throws IOException {
        Path dump = directory.resolve("dump");
        capture(format, true, dump);
        for (long size = Files.size(dump); presence(dump, 0) == Presence.PRESENT; size -= PAGE / 2) {
            try (FileChannel channel = FileChannel.open(dump, StandardOpenOption.WRITE)) {
                channel.truncate(size);
            }
        }
        assertEquals(Presence.MISSING, presence(dump, 0));
        assertEquals(Presence.PRESENT, presence(dump, UTSNAME));
        assertEquals(Presence.PRESENT, presence(dump, TABLES));
    }

    private static Presence presence(Path dump, long address) throws IOException {
        try (Vmcore vmcore = VmcoreFile.open(dump)) {
            return vmcore.presence(address);
        }
    }
}
