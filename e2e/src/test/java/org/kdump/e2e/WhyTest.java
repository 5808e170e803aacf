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
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;

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
        assertTrue(why.matches("(?s).*memory: [0-9.]+ % were free.*"), why);
    }

    @Test
    void signaturesAreStable() throws IOException {
        assertEquals(why("bookworm", "!crash").replaceAll("(?s).*SIGNATURE: (\\S+).*", "$1"), "sysrq-d06d06984d92");
    }
}
