package org.kdump.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
    OUT_OF_MEMORY("!write /proc/sys/vm/panic_on_oom 1", "!eat"),
    LIST_CORRUPTION(BrokenModule.LIST_CORRUPTION),
    /// A CPU that takes no interrupts tells RCU nothing. Another one sees it if it has work, and of
    /// two busy tasks it has one. On 6.12 and 7.2 no stall was seen to come of this within minutes, on
    /// a busy host; why is not known. It may be that opening and closing files asks nothing of RCU
    /// there, which was not tried.
    RCU_STALL(
            BrokenModule.HARD_LOCKUP,
            "!write /proc/sys/kernel/panic_on_rcu_stall 1",
            "!write /sys/module/rcupdate/parameters/rcu_cpu_stall_timeout 3",
            "!busy",
            "!busy"),
    /// A CPU that does not leave the kernel sees so itself, for it still takes interrupts. Where
    /// RCU's readers can be preempted each timer interrupt tells it that there is no reader.
    OWN_RCU_STALL(
            BrokenModule.SOFT_LOCKUP,
            "!write /proc/sys/kernel/soft_watchdog 0",
            "!write /proc/sys/kernel/panic_on_rcu_stall 1",
            "!write /sys/module/rcupdate/parameters/rcu_cpu_stall_timeout 3",
            "!busy") {
        @Override
        boolean isPossible(KernelPackage kernel) throws IOException {
            return !isSet(kernel, "CONFIG_PREEMPT_RCU");
        }
    },
    /// The kernel's own detector needs a performance counter, which software emulation lacks, and
    /// Debian's kernels are built without the one that needs none
    /// (`CONFIG_HARDLOCKUP_DETECTOR_BUDDY`). So someone sees that the machine does nothing, and
    /// sends it an NMI.
    HARD_LOCKUP(BrokenModule.HARD_LOCKUP, "!write /proc/sys/kernel/unknown_nmi_panic 1") {
        @Override
        void happen(Story story) throws IOException {
            story.see(ABOUT_TO_LOAD);
            story.pass(Duration.ofSeconds(8));
            story.injectNmi();
        }
    },
    /// The status is: valid, not corrected, enabled, with an address, the processor's context
    /// corrupt; an error of a cache, in reading data.
    MACHINE_CHECK("!wait") {
        @Override
        void happen(Story story) throws IOException {
            story.see("guest waits");
            story.machineCheck(1, 4, 0xb600_0000_0000_0135L, 4, 0x12345000);
        }

        @Override
        boolean isPossible(KernelPackage kernel) throws IOException {
            return isSet(kernel, "CONFIG_X86_MCE");
        }
    };

    private static final String MODULE = "broken.ko";
    private static final String ABOUT_TO_LOAD = "guest takes turn 1";
    private static final int MEBIBYTES = 768;

    private final Optional<BrokenModule> module;
    private final List<String> steps;

    Crash(String... steps) {
        this.module = Optional.empty();
        this.steps = List.of(steps);
    }

    Crash(BrokenModule module, String... before) {
        this.module = Optional.of(module);
        this.steps = Stream.concat(Stream.of(before), Stream.of("!turn !module /mnt/" + MODULE))
                .toList();
    }

    private static boolean isSet(KernelPackage kernel, String option) throws IOException {
        return Files.readAllLines(kernel.config()).contains(option + "=y");
    }

    /// Does what comes from outside of the machine, after it was started.
    void happen(Story story) throws IOException {}

    /// Whether a kernel is built so that it can die so.
    boolean isPossible(KernelPackage kernel) throws IOException {
        return true;
    }

    /// What a machine does to die so.
    ///
    /// @param capture options of `kdump capture`
    /// @param kernel what it runs
    /// @param directory of the machine, where its disk's contents go
    List<String> script(String capture, KernelPackage kernel, Path directory) throws IOException {
        Path disk = Files.createDirectories(directory.resolve("disk"));
        if (module.isPresent()) {
            module.get().write(kernel, disk.resolve(MODULE));
        }
        return Stream.concat(
                        Stream.of(
                                CrashGuest.load(capture, "poweroff", ""),
                                "!listen 4242",
                                "!write /proc/sys/kernel/panic_on_oops 1"),
                        steps.stream())
                .toList();
    }

    /// Lets a machine die so, and its capture kernel copy all of /proc/vmcore.
    ///
    /// @param directory an existing one for all that is needed
    /// @param settings what else is to be so of the machine
    /// @return the raw dump
    Path take(KernelPackage kernel, Path directory, UnaryOperator<CrashGuest> settings) throws IOException {
        List<String> script = script("cp", kernel, directory);
        try (Story story = Story.start(
                kernel,
                directory,
                guest -> settings.apply(
                        guest.memory(MEBIBYTES).parameters("audit=1").script(script)))) {
            story.seeSuccess();
            happen(story);
            Path raw = directory.resolve("raw");
            Files.move(story.captured().resolve("vmcore"), raw);
            return raw;
        }
    }
}
