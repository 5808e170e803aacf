package org.kdump.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdump.elf.Note;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.diskdump.DiskdumpHeader;
import org.kdump.vmcore.diskdump.DiskdumpVmcore;
import org.kdump.vmcore.format.VmcoreFile;

class CaptureTest {
    private static final int OLD_TYPE = -129;
    private static final int NEW_TYPE = -268435456;
    private static final long FREE_PFN = 0x800;
    private static final int FREE_ORDER = 10;
    private static final long HIGH_PFN = CrashedMachine.HIGH / CrashedMachine.PAGE;

    @TempDir
    private Path directory;

    private Path target() {
        return directory.resolve("dump");
    }

    private static CrashedMachine machine(int buddy) {
        return new CrashedMachine(buddy)
                .fill(0x100, 50)
                .alike(0x150, 100)
                .fill(FREE_PFN, 100)
                .free(FREE_PFN, FREE_ORDER)
                .fill(HIGH_PFN, 300)
                .free(HIGH_PFN + 256, 5)
                .fill(0xfff, 1);
    }

    private CaptureResult capture(CrashedMachine machine, CaptureRequest request) throws IOException {
        try (Vmcore source = VmcoreFile.open(machine.writeTo(directory.resolve("vmcore")))) {
            return Capture.run(source, target(), request, ProgressListener.NONE);
        }
    }

    private static CaptureRequest request(int level, DumpFormat format, PageCodec codec, int threads) {
        return new CaptureRequest(new DumpLevel(level), format, codec, threads, true);
    }

    private static CaptureRequest kdump(int level) {
        return request(level, DumpFormat.KDUMP, PageCodec.ZSTD, 2);
    }

    /// Every page is as in the source, or is left out and one of `excluded`.
    private void assertSame(Path dump, Set<Long> excluded) throws IOException {
        try (Vmcore source = VmcoreFile.open(directory.resolve("vmcore"));
                Vmcore copy = VmcoreFile.open(dump)) {
            assertEquals(List.of(), copy.problems());
            assertEquals(source.info().text(), copy.info().text());
            assertEquals(source.notes().size(), fromSource(copy).size());
            for (PhysicalRange range : source.memory()) {
                for (long at = range.start(); at < range.end(); at += CrashedMachine.PAGE) {
                    int length = (int) Math.min(CrashedMachine.PAGE, range.end() - at);
                    if (excluded.contains(at / CrashedMachine.PAGE)) {
                        assertEquals(Presence.EXCLUDED, copy.presence(at), Long.toHexString(at));
                    } else {
                        assertArrayEquals(bytes(source, at, length), bytes(copy, at, length), Long.toHexString(at));
                    }
                }
            }
        }
    }

    /// The notes, but for the one in which a capture tells what it did against its level.
    private static List<Note> fromSource(Vmcore copy) {
        return copy.notes().stream()
                .filter(note -> !note.name().equals("ERASEINFO"))
                .toList();
    }

    private static byte[] bytes(Vmcore vmcore, long address, int length) throws IOException {
        byte[] bytes = new byte[length];
        assertEquals(length, vmcore.read(address, MemorySegment.ofArray(bytes)), Long.toHexString(address));
        return bytes;
    }

    private static Set<Long> pages(long firstPfn, long count) {
        Set<Long> pages = new java.util.HashSet<>();
        for (long pfn = firstPfn; pfn < firstPfn + count; pfn++) {
            pages.add(pfn);
        }
        return pages;
    }

    private static Set<Long> freePages() {
        Set<Long> free = pages(FREE_PFN, 1 << FREE_ORDER);
        free.addAll(pages(HIGH_PFN + 256, 32));
        return free;
    }

    @ParameterizedTest
    @CsvSource({"0, ZSTD", "1, ZSTD", "16, ZSTD", "17, ZSTD", "17, ZLIB", "17, NONE"})
    void aDumpHoldsAllThatItsLevelPromises(int level, PageCodec codec) throws IOException {
        CaptureResult result = capture(machine(NEW_TYPE), request(level, DumpFormat.KDUMP, codec, 2));
        assertTrue(result.complete(), () -> result.toString());
        assertSame(target(), level >= 16 ? freePages() : Set.of());
        assertEquals(level >= 16 ? 1024L + 32 : 0, result.pages().get(PageClass.FREE));
        assertEquals(Files.size(target()), result.bytesOut());
    }

    @ParameterizedTest
    @EnumSource(names = {"ZSTD", "NONE"})
    void neighboursThatAreTheSameShareTheirData(PageCodec codec) throws IOException {
        CrashedMachine twins = new CrashedMachine(NEW_TYPE).alike(0x150, 100);
        long one = capture(new CrashedMachine(NEW_TYPE).fill(0x150, 1), request(1, DumpFormat.KDUMP, codec, 2))
                .bytesOut();
        long many = capture(twins, request(1, DumpFormat.KDUMP, codec, 2)).bytesOut();
        assertTrue(many - one < 100L * CrashedMachine.PAGE / 10, () -> one + " and " + many + " bytes");
        assertSame(target(), Set.of());
    }

    @Test
    void freePagesAreKnownByEitherPageType() throws IOException {
        capture(machine(OLD_TYPE), kdump(16));
        assertSame(target(), freePages());
    }

    @Test
    void anElfCoreLeavesOutLongHolesOnly() throws IOException {
        CaptureResult result = capture(machine(NEW_TYPE), request(16, DumpFormat.ELF, PageCodec.NONE, 2));
        assertTrue(result.complete(), () -> result.toString());
        assertSame(target(), pages(FREE_PFN, 1 << FREE_ORDER));
        assertEquals(1024L, result.pages().get(PageClass.FREE));
    }

    @Test
    void anElfCoreOfEverythingHoldsEverything() throws IOException {
        capture(machine(NEW_TYPE), request(0, DumpFormat.ELF, PageCodec.NONE, 2));
        assertSame(target(), Set.of());
    }

    @ParameterizedTest
    @EnumSource(DumpFormat.class)
    void theDumpDoesNotDependOnTheNumberOfThreads(DumpFormat format) throws IOException {
        PageCodec codec = format.isElf() ? PageCodec.NONE : PageCodec.ZSTD;
        capture(machine(NEW_TYPE), request(17, format, codec, 1));
        byte[] one = Files.readAllBytes(target());
        for (int threads : new int[] {2, 7, 50}) {
            capture(machine(NEW_TYPE), request(17, format, codec, threads));
            assertArrayEquals(one, Files.readAllBytes(target()), threads + " threads");
            capture(machine(NEW_TYPE), request(17, format, codec, threads).withMemory(1024));
            assertArrayEquals(one, Files.readAllBytes(target()), threads + " threads, 1 KiB");
        }
    }

    @Test
    void aFreeBlockThatCannotBeIsKept() throws IOException {
        CrashedMachine machine =
                machine(NEW_TYPE).free(0x401, 3).free(0x500, 11).free(0x600, -1);
        CaptureResult result = capture(machine, kdump(16));
        assertEquals(1024L + 32, result.pages().get(PageClass.FREE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)",
                "SYMBOL(mem_section)",
                "LENGTH(zone.free_area)",
                "NUMBER(phys_base)"
            })
    void withoutTheMemoryMapFreePagesAreKept(String key) throws IOException {
        CaptureResult result = capture(machine(NEW_TYPE).without(key), kdump(17));
        assertTrue(result.complete());
        assertEquals(new DumpLevel(1), result.level());
        assertTrue(result.problems().getFirst().contains(key), () -> result.toString());
        try (Vmcore dump = VmcoreFile.open(target())) {
            assertEquals(1, dump.dumpLevel().orElseThrow());
            assertTrue(dump.notes().getLast().text().contains(key));
        }
        assertSame(target(), Set.of());
    }

    @Test
    void whatTheMemoryMapDoesNotTellIsKept() throws IOException {
        CaptureResult result = capture(machine(NEW_TYPE).withoutHighStructs(), kdump(17));
        assertTrue(result.complete());
        assertEquals(1024L, result.pages().get(PageClass.FREE));
        assertTrue(result.problems().getFirst().contains("2048 pages"), () -> result.toString());
        assertSame(target(), pages(FREE_PFN, 1024));
    }

    @Test
    void theHeaderNamesTheMachine() throws IOException {
        capture(machine(NEW_TYPE), kdump(17));
        try (DiskdumpVmcore dump = (DiskdumpVmcore) VmcoreFile.open(target())) {
            assertEquals("node", dump.header().utsname().nodename());
            assertEquals("x86_64", dump.header().utsname().machine());
            assertEquals(1700000000, dump.header().seconds());
            assertEquals(2, dump.header().cpus());
            assertEquals(DiskdumpHeader.STATUS_ZSTD, dump.header().status());
            assertEquals(0x1000, dump.subHeader().physBase());
        }
    }

    @Test
    void onlyItsOwnerMayReadADump() throws IOException {
        List<String> modes = new ArrayList<>();
        Path incomplete = directory.resolve("dump.incomplete");
        try (Vmcore source = VmcoreFile.open(machine(NEW_TYPE).writeTo(directory.resolve("vmcore")))) {
            Capture.run(source, target(), kdump(17), progress -> {
                assertFalse(progress.stage() == Progress.Stage.WRITE && Files.exists(target()));
                modes.add(mode(Files.exists(incomplete) ? incomplete : target()));
            });
        }
        assertEquals(Set.of("rw-------"), Set.copyOf(modes));
        assertFalse(Files.exists(incomplete));
    }

    private static String mode(Path file) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        } catch (IOException problem) {
            return problem.toString();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dump", "dump.incomplete"})
    void whatIsThereIsNotReplacedUnlessForced(String name) throws IOException {
        Files.writeString(directory.resolve(name), "of use");
        CrashedMachine machine = machine(NEW_TYPE);
        IOException refusal = assertThrows(
                FileAlreadyExistsException.class, () -> capture(machine, CaptureRequest.of(new DumpLevel(17))));
        assertTrue(refusal.getMessage().contains("--force"), refusal.getMessage());
        assertEquals("of use", Files.readString(directory.resolve(name)));
        capture(machine, kdump(17));
        assertSame(target(), freePages());
    }

    @Test
    void aDirectoryThatIsNotThereIsNamed() throws IOException {
        try (Vmcore source = VmcoreFile.open(machine(NEW_TYPE).writeTo(directory.resolve("vmcore")))) {
            Path nowhere = directory.resolve("no/dump");
            assertThrows(
                    NoSuchFileException.class, () -> Capture.run(source, nowhere, kdump(17), ProgressListener.NONE));
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RAW")
    void ofATruncatedSourceTheRestIsKeptAndTheHoleNamed(DumpFormat format) throws IOException {
        Path file = machine(NEW_TYPE).writeTo(directory.resolve("vmcore"));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() - 0x700000);
        }
        PageCodec codec = format.isElf() ? PageCodec.NONE : PageCodec.ZSTD;
        CaptureResult result;
        try (Vmcore source = VmcoreFile.open(file)) {
            result = Capture.run(source, target(), request(1, format, codec, 2), ProgressListener.NONE);
        }
        assertEquals(1, result.exitStatus());
        assertEquals(0x700L, result.pages().get(PageClass.LOST));
        assertEquals(directory.resolve("dump.incomplete"), result.file());
        assertTrue(
                result.problems().stream().anyMatch(text -> text.contains("0x10100000 to 0x10800000")),
                () -> result.toString());
        try (Vmcore source = VmcoreFile.open(file);
                Vmcore dump = VmcoreFile.open(result.file())) {
            assertArrayEquals(bytes(source, CrashedMachine.HIGH, 8192), bytes(dump, CrashedMachine.HIGH, 8192));
            assertFalse(dump.presence(0x10100000) == Presence.PRESENT);
            assertFalse(dump.problems().isEmpty(), "nothing says that it is not all");
        }
    }

    @Test
    void aPageThatFailsToBeReadCostsNoOther() throws IOException {
        CaptureResult result;
        try (Vmcore source = VmcoreFile.open(machine(NEW_TYPE).writeTo(directory.resolve("vmcore")))) {
            Vmcore failing = new FailingVmcore(source, 0x101000, 0x103000);
            result = Capture.run(failing, target(), kdump(1), ProgressListener.NONE);
        }
        assertFalse(result.complete());
        assertEquals(2L, result.pages().get(PageClass.LOST));
        assertEquals(
                List.of("physical memory 0x101000 to 0x103000 is not in the dump: the memory module is broken"),
                result.problems());
        try (Vmcore source = VmcoreFile.open(directory.resolve("vmcore"));
                Vmcore dump = VmcoreFile.open(result.file())) {
            assertArrayEquals(bytes(source, 0x100000, 4096), bytes(dump, 0x100000, 4096));
            assertEquals(Presence.MISSING, dump.presence(0x101000));
            assertArrayEquals(bytes(source, 0x103000, 4096), bytes(dump, 0x103000, 4096));
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RAW")
    void aFilteredDumpIsConverted(DumpFormat format) throws IOException {
        capture(machine(NEW_TYPE), kdump(16));
        PageCodec codec = format.isElf() ? PageCodec.NONE : PageCodec.ZLIB;
        Path again = directory.resolve("again");
        try (Vmcore source = VmcoreFile.open(target())) {
            CaptureResult result = Capture.run(source, again, request(0, format, codec, 2), ProgressListener.NONE);
            assertTrue(result.complete(), () -> result.toString());
            assertEquals(1024L + 32, result.pages().get(PageClass.NOT_IN_SOURCE));
        }
        assertSame(again, freePages());
    }
}
