package org.kdump.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.KernelPackage;

/// Ways in which a real kernel is made to die.
enum Crash {
    SYSRQ("!crash"),
    NULL_POINTER(BrokenModule.NULL_POINTER),
    BUG(BrokenModule.INVALID_OPCODE),
    STACK_OVERFLOW(BrokenModule.STACK_OVERFLOW),
    SOFT_LOCKUP(
            BrokenModule.SOFT_LOCKUP,
            "!write /proc/sys/kernel/watchdog_thresh 1",
            "!write /proc/sys/kernel/softlockup_panic 1"),
    HUNG_TASK(
            "!write /proc/sys/kernel/hung_task_panic 1",
            "!write /proc/sys/kernel/hung_task_timeout_secs 2",
            "!hang",
            "!sleep 60"),
    OUT_OF_MEMORY("!write /proc/sys/vm/panic_on_oom 1", "!eat");

    private static final String MODULE = "broken.ko";
    private static final int MEBIBYTES = 768;

    private final Optional<BrokenModule> module;
    private final List<String> steps;

    Crash(String... steps) {
        this.module = Optional.empty();
        this.steps = List.of(steps);
    }

    Crash(BrokenModule module, String... before) {
        this.module = Optional.of(module);
        this.steps = Stream.concat(Stream.of(before), Stream.of("!module /mnt/" + MODULE))
                .toList();
    }

    /// Lets a machine die so, and its capture kernel copy all of /proc/vmcore.
    ///
    /// @param directory an existing one for all that is needed
    /// @param settings what else is to be so of the machine
    /// @return the raw dump
    Path take(KernelPackage kernel, Path directory, UnaryOperator<CrashGuest> settings) throws IOException {
        Path disk = Files.createDirectories(directory.resolve("disk"));
        if (module.isPresent()) {
            module.get().write(kernel, disk.resolve(MODULE));
        }
        List<String> script = Stream.concat(
                        Stream.of(
                                CrashGuest.load("cp", "poweroff", ""),
                                "!listen 4242",
                                "!write /proc/sys/kernel/panic_on_oops 1"),
                        steps.stream())
                .toList();
        try (Story story = Story.start(
                kernel,
                directory,
                guest -> settings.apply(
                        guest.memory(MEBIBYTES).parameters("audit=1").script(script)))) {
            story.seeSuccess();
            Path raw = directory.resolve("raw");
            Files.move(story.captured().resolve("vmcore"), raw);
            return raw;
        }
    }
}
