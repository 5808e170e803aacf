package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;
import org.kdump.qemu.KernelPackage;

/// Kernels die in several ways, and `kdump why` says of each what it was, from the dump alone.
@Tag("vm")
class WhyTest {
    private static final String LOAD = CrashGuest.load("-d 31", "poweroff", "");

    @TempDir
    Path directory;

    private String why(String suite, String... script) throws IOException {
        List<String> steps = new ArrayList<>(List.of(LOAD, "!write /proc/sys/kernel/panic_on_oops 1"));
        steps.addAll(List.of(script));
        try (Story story = Story.start(new DebianSuite(suite), directory, "256M", steps.toArray(String[]::new))) {
            story.seeSuccess();
            Path dump = story.captured().resolve("vmcore");
            String why = Command.kdump("why", dump).output();
            System.out.println(suite + "\n" + why);
            return why;
        }
    }

    private String why(String suite, Crash crash) throws IOException {
        KernelPackage kernel = DebianKernels.ofHost().newest(new DebianSuite(suite));
        List<String> script = crash.script("-d 31", kernel, directory);
        try (Story story = Story.start(kernel, directory, guest -> guest.script(script))) {
            story.seeSuccess();
            crash.happen(story);
            String why =
                    Command.kdump("why", story.captured().resolve("vmcore")).output();
            System.out.println(suite + ", " + crash + "\n" + why);
            return why;
        }
    }

    private static void assertSays(String why, String label, String pattern) {
        assertTrue(why.lines().anyMatch(line -> line.strip().matches(label + ": " + pattern)), why);
    }

    @Tag("soak")
    @ParameterizedTest
    @CsvSource({"NULL_POINTER, bookworm", "NULL_POINTER, sid", "INVALID_OPCODE, trixie", "STACK_OVERFLOW, bookworm"})
    void aModuleFailsOnMoreKernels(BrokenModule module, String suite) throws IOException {
        aModuleFails(module, suite);
    }

    @ParameterizedTest
    @CsvSource({"NULL_POINTER, bullseye", "NULL_POINTER, trixie", "INVALID_OPCODE, bookworm", "STACK_OVERFLOW, sid"})
    void aModuleFails(BrokenModule module, String suite) throws IOException {
        Path disk = Files.createDirectories(directory.resolve("disk"));
        module.write(DebianKernels.ofHost().newest(new DebianSuite(suite)), disk.resolve("broken.ko"));
        String why = why(suite, "!module /mnt/broken.ko");
        assertSays(why, "FAILURE", module.name().toLowerCase().replace('_', ' ') + ": .*");
        assertSays(why, "WHERE", ".*init.* in module dummy");
        assertSays(why, "TASK", "init +\\(PID \\d+\\).*");
    }

    @Test
    void aCpuLocksUp() throws IOException {
        Path disk = Files.createDirectories(directory.resolve("disk"));
        BrokenModule.SOFT_LOCKUP.write(DebianKernels.ofHost().newest(DebianSuite.BOOKWORM), disk.resolve("broken.ko"));
        String why = why(
                "bookworm",
                "!write /proc/sys/kernel/watchdog_thresh 1",
                "!write /proc/sys/kernel/softlockup_panic 1",
                "!module /mnt/broken.ko");
        assertSays(why, "FAILURE", "soft lockup: .*");
        assertSays(why, "WHERE", ".*init.* in module dummy");
    }

    @Tag("soak")
    @Test
    void rcuStallsOnAnOlderKernel() throws IOException {
        assertStall("bullseye");
    }

    @Test
    void rcuStalls() throws IOException {
        assertStall("bookworm");
    }

    @Tag("soak")
    @Test
    void rcuStallsWhereItIsSeen() throws IOException {
        String why = why("bullseye", Crash.OWN_RCU_STALL);
        assertSays(why, "CAUSE", "rcu: INFO: rcu_sched self-detected stall on CPU");
        assertSays(why, "WHERE", ".*init.* in module dummy");
    }

    /// The CPU that found it so is not the one to blame.
    private void assertStall(String suite) throws IOException {
        String why = why(suite, Crash.RCU_STALL);
        assertSays(why, "FAILURE", "RCU stall: .*");
        assertSays(why, "DETAIL", "RCU waited for CPU [01]");
        assertSays(why, "WHERE", ".*init.* in module dummy");
        assertSays(why, "TASK", "init +\\(PID \\d+\\) on CPU [01]");
        assertTrue(why.matches("(?s).*locked up: CPU [01] took no interrupt for \\d+ s: init .*"), why);
    }

    /// No hard lockup that the kernel finds itself can be had here, for want of what it finds it
    /// by: see [Crash].
    @Tag("soak")
    @ParameterizedTest
    @ValueSource(strings = {"bullseye", "bookworm", "trixie", "sid"})
    void aCpuTakesNoInterrupts(String suite) throws IOException {
        String why = why(suite, Crash.HARD_LOCKUP);
        assertSays(why, "FAILURE", "hard lockup: .*");
        assertSays(why, "CAUSE", "Uhhuh. NMI received for unknown reason .*");
        assertSays(why, "WHERE", ".*init.* in module dummy");
        assertTrue(why.matches("(?s).*locked up: CPU [01] took no interrupt for \\d+ s: init .*"), why);
    }

    @Tag("soak")
    @ParameterizedTest
    @ValueSource(strings = {"bullseye", "trixie", "sid"})
    void aListIsCorruptOnMoreKernels(String suite) throws IOException {
        assertCorruption(suite);
    }

    @Test
    void aListIsCorrupt() throws IOException {
        assertCorruption("bookworm");
    }

    private void assertCorruption(String suite) throws IOException {
        String why = why(suite, Crash.LIST_CORRUPTION);
        assertSays(why, "FAILURE", "list corruption: .*");
        assertSays(why, "CAUSE", "list_del corruption.* prev->next should be .*");
        assertSays(why, "DETAIL", "0x[0-9a-f]{16} is in struct module of dummy.*");
        assertSays(why, "WHERE", "free_module.*");
        assertTrue(why.contains("corrupt: the list of modules, at 0x"), why);
    }

    @Tag("soak")
    @Test
    void theHardwareFailsOnANewerKernel() throws IOException {
        assertMachineCheck("sid");
    }

    @Test
    void theHardwareFails() throws IOException {
        assertMachineCheck("trixie");
    }

    private void assertMachineCheck(String suite) throws IOException {
        String why = why(suite, Crash.MACHINE_CHECK);
        assertSays(why, "FAILURE", "machine check: .*");
        assertSays(
                why,
                "DETAIL",
                "CPU 1, bank 4: an error of a cache, not corrected, .* at physical address 0x12345000 .*");
        assertSays(why, "TASK", ".* on CPU 1");
        assertSays(why, "SIGNATURE", "machine_check-fc5413486fee");
    }

    @Test
    void aTaskHangs() throws IOException {
        String why = why(
                "bookworm",
                "!write /proc/sys/kernel/hung_task_panic 1",
                "!write /proc/sys/kernel/hung_task_timeout_secs 2",
                "!hang",
                "!sleep 60");
        assertSays(why, "FAILURE", "hung task: .*");
        assertSays(why, "TASK", "hanging .*");
        assertTrue(why.contains("waiting: hanging"), why);
    }

    @Test
    void memoryRunsOut() throws IOException {
        String why = why("bookworm", "!write /proc/sys/vm/panic_on_oom 1", "!eat");
        assertSays(why, "FAILURE", "out of memory: .*");
        assertSays(why, "MEMORY", "[0-9.]+ % of [0-9.]+ MiB were free");
        assertTrue(why.matches("(?s).* zone DMA32 of node 0: .* free, below the minimum of .*"), why);
        assertTrue(why.matches("(?s).* slab: .* MiB .*; swap: none.* largest: init \\(PID 1\\) \\d{3}.*"), why);
    }

    @Test
    void signaturesAreStable() throws IOException {
        assertEquals(why("bookworm", "!crash").replaceAll("(?s).*SIGNATURE: (\\S+).*", "$1"), "sysrq-d06d06984d92");
    }
}
