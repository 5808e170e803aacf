package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.kdump.kernel.crash.CpuRegisters;
import org.kdump.kernel.crash.CrashSummary;
import org.kdump.kernel.crash.KernelLog;
import org.kdump.kernel.crash.LogRecord;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianSuite;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.format.VmcoreFile;
import org.kdump.vmcore.paging.VirtualMemory;

/// The main job on every kernel: boot, load, crash, capture, open.
@Tag("vm")
class CrashTest {
    /// In the low 640 KiB, where the capture kernel would overwrite it had purgatory not saved it. A kernel with
    /// a reservation leaves the first MiB alone since 5.5 (commit 6f599d84231f); its trampoline is above this.
    private static final long LOW = 0x20000;

    private static final int LOW_SIZE = 0x10000;

    @TempDir
    Path directory;

    static Stream<DebianSuite> suites() {
        return DebianSuite.tried().stream();
    }

    @ParameterizedTest
    @MethodSource("suites")
    void bootLoadCrashCaptureOpen(DebianSuite suite) throws IOException {
        byte[] pattern = new byte[LOW_SIZE];
        new Random(1).nextBytes(pattern);
        Instant start = Instant.now();
        try (Story story = Story.start(
                suite, directory, "256M", CrashGuest.load("-d 17", "poweroff", ""), "status", "!wait", "!crash")) {
            story.seeSuccess();
            story.seeSuccess();
            story.see("guest waits");
            story.poke(LOW, pattern);
            assertArrayEquals(pattern, story.peek(LOW, LOW_SIZE), "the pattern was not even written");
            story.goOn();
            story.see("Kernel panic - not syncing");
            story.see("Linux version");
            Path crash = story.captured();
            assertTrue(story.console().matches("(?s).*writing +100 %.*"), "no progress on the console");
            System.out.println(
                    suite + ": " + story.kernel().release() + ", " + Files.size(crash.resolve("vmcore")) + " bytes");
            story.console()
                    .lines()
                    .filter(line -> line.contains("kdump: memory"))
                    .forEach(System.out::println);
            opens(crash, story.kernel().release(), start);
            lowMemoryIsAsItWas(crash.resolve("vmcore"), pattern);
            answerWasWrittenFirst(crash.resolve("vmcore-dmesg.txt"));
            // All that is looked for must be in the dump of level 17, and stay in those that are made of it.
            System.out.println(
                    suite + ": " + ContainmentTest.check(crash.resolve("vmcore"), directory, 17, 2, 4, 8, 31));
        }
    }

    private static void opens(Path crash, String release, Instant start) throws IOException {
        Path dump = crash.resolve("vmcore");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(dump)));
        assertTrue(Files.notExists(crash.resolve("vmcore.incomplete")));
        try (Vmcore vmcore = VmcoreFile.open(dump)) {
            CrashSummary summary = CrashSummary.of(vmcore);
            assertEquals(List.of(), summary.missing());
            assertEquals(release, summary.release().orElseThrow());
            assertEquals(release, summary.utsname().orElseThrow().release());
            assertEquals(17, summary.dumpLevel().orElseThrow());
            assertEquals(
                    "Kernel panic - not syncing: sysrq triggered crash",
                    summary.panic().panic().orElseThrow());
            assertTrue(summary.panic().headline().orElseThrow().endsWith("Trigger a crash"));
            assertEquals("init", summary.panic().command().orElseThrow());
            Duration age = Duration.between(start, summary.crashTime().orElseThrow());
            assertTrue(age.toSeconds() >= -1 && age.toMinutes() < 30, "crash time is " + summary.crashTime());
            registersOfBothCpus(summary.cpus());
            logEndsWithThePanic(vmcore);
        }
        String info = Command.kdump("info", dump).output();
        assertTrue(info.contains("sysrq triggered crash") && info.contains(release), info);
    }

    private static void registersOfBothCpus(List<CpuRegisters> cpus) {
        assertEquals(2, cpus.size());
        // The one that panicked was in the kernel's half of the addresses; the other may have run a program.
        assertTrue(cpus.stream().anyMatch(cpu -> cpu.instructionPointer() < 0), cpus::toString);
        for (CpuRegisters cpu : cpus) {
            assertNotEquals(0, cpu.values().get("rsp"));
        }
    }

    private static void logEndsWithThePanic(Vmcore vmcore) throws IOException {
        KernelLog log = KernelLog.of(VirtualMemory.kernel(vmcore));
        List<LogRecord> records = log.records();
        assertEquals(0, log.damaged());
        assertTrue(
                records.getFirst().text().startsWith("Linux version"),
                records.getFirst().text());
        // Behind the panic's line stand only what it prints itself: who, the stack, the registers.
        int panic = 0;
        for (int i = 0; i < records.size(); i++) {
            panic = records.get(i).text().startsWith("Kernel panic") ? i : panic;
        }
        assertTrue(panic > 0 && records.size() - panic < 120, "panic is record " + panic + " of " + records.size());
    }

    private static void lowMemoryIsAsItWas(Path dump, byte[] pattern) throws IOException {
        byte[] captured = new byte[pattern.length];
        try (Vmcore vmcore = VmcoreFile.open(dump)) {
            assertEquals(captured.length, vmcore.read(LOW, MemorySegment.ofArray(captured)));
        }
        assertArrayEquals(pattern, captured, "low memory is not what it was before the crash");
    }

    private static void answerWasWrittenFirst(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.UTF_8);
        assertTrue(text.contains("PANIC: Kernel panic - not syncing: sysrq triggered crash"), text.substring(0, 2000));
        assertTrue(text.contains("] Kernel panic - not syncing: sysrq triggered crash"));
        assertTrue(text.contains("] Linux version"));
    }
}
