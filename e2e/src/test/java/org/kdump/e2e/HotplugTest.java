package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianSuite;

/// What is plugged in after the load is in the dump: 6.1 needs a refresh for that, 7.2 keeps the elfcorehdr up to
/// date itself because the load permits it.
@Tag("vm")
class HotplugTest {
    private static final long MODULE = 128 << 20;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "sid"})
    void memoryThatComesIsInTheDump(String suite) throws IOException {
        try (Story story = Story.start(
                new DebianSuite(suite),
                directory,
                guest -> guest.bootable()
                        .growing()
                        .script(List.of(
                                "!write /sys/devices/system/memory/auto_online_blocks online",
                                "load --panic " + CrashGuest.VMLINUZ + " --initrd " + CrashGuest.GUEST_IMAGE
                                        + " --append 'console=ttyS0 nr_cpus=1 reset_devices panic=10 rootfstype=ramfs'",
                                "!wait",
                                "!sleep 4",
                                "load --refresh",
                                "load --refresh",
                                "!crash")))) {
            story.seeSuccess();
            story.see("guest waits");
            story.addMemory(MODULE);
            story.goOn();
            boolean itself = suite.equals("sid");
            story.see(
                    itself
                            ? "^nothing to do: the running kernel keeps the elfcorehdr"
                            : "^memory or CPUs have changed");
            story.seeSuccess();
            story.see("^nothing to do: " + (itself ? "the running kernel" : "memory and CPUs are as they were"));
            story.seeSuccess();
            story.see("vmcore ends");
            String added = "physical 0x100000000 size 0x" + Long.toHexString(MODULE);
            assertTrue(story.console().contains(added), story::console);
        }
    }

    /// The third processor's registers are found in the dump: its notes are where the elfcorehdr says. Kernels
    /// since the topology's new order (Linux 6.9) do not take a processor that this firmware did not announce.
    @Test
    void aProcessorThatComesIsInTheDump() throws IOException {
        try (Story story = Story.start(
                DebianSuite.BOOKWORM,
                directory,
                guest -> guest.growingProcessors()
                        .script(List.of(
                                CrashGuest.load("-d 31", "poweroff", ""),
                                "!wait",
                                "!sleep 4",
                                "!write /sys/devices/system/cpu/cpu2/online 1",
                                "load --refresh",
                                "!crash")))) {
            story.seeSuccess();
            story.see("guest waits");
            story.addProcessor();
            story.goOn();
            story.see("^memory or CPUs have changed");
            story.seeSuccess();
            Path dump = story.captured().resolve("vmcore");
            String info = Command.kdump("info", dump).output();
            assertTrue(info.contains(" CPUS: 3"), info);
            String stacks = Command.kdump("bt", dump, "-a").output();
            assertTrue(stacks.contains("CPU: 2"), stacks);
        }
    }
}
