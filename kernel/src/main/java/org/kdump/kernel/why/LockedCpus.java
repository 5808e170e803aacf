package org.kdump.kernel.why;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.X86Register;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.schedule.Timekeeper;
import org.kdump.kernel.unwind.RunningTasks.RunningTask;
import org.kdump.kernel.unwind.StackFrame;
import org.kdump.kernel.unwind.TaskStack;
import org.kdump.kernel.unwind.TaskStacks;
import org.kdump.kernel.unwind.X86Registers;

/// Finds CPUs that were locked up: stopped in the kernel with interrupts off, when the timer
/// interrupt that they had asked for (`tick_cpu_device`, kernel/time/tick-common.c) was long due.
final class LockedCpus {
    /// What prints a long report with interrupts off, to a slow console, is over sooner.
    private static final Duration LONG = Duration.ofSeconds(2);

    private static final long INTERRUPTS_ON = 1 << 9;

    private final TypedMemory kernel;
    private final TaskStacks stacks;

    LockedCpus(TypedMemory kernel, TaskStacks stacks) {
        this.kernel = kernel;
        this.stacks = stacks;
    }

    /// All of them, the one that was silent longest first.
    ///
    /// @param crashed when the kernel gave up, in nanoseconds by its log; empty if that is not
    ///     known
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    List<LockedCpu> all(OptionalLong crashed) throws IOException {
        List<LockedCpu> locked = new ArrayList<>();
        OptionalLong now = OptionalLong.empty();
        for (RunningTask each : stacks.running().all()) {
            Optional<LockedCpu> suspect = suspect(each);
            if (suspect.isPresent()) {
                now = now.isPresent() ? now : OptionalLong.of(now(crashed));
                Duration silent = Duration.ofNanos(now.getAsLong() - due(each.cpu()));
                if (silent.compareTo(LONG) >= 0) {
                    locked.add(suspect.get().silentFor(silent));
                }
            }
        }
        locked.sort(Comparator.comparing((LockedCpu cpu) -> cpu.silent()).reversed());
        return locked;
    }

    /// The kernel's clock stands still if the very CPU is locked up that brings it forward (so it
    /// is until Linux 5.18, commit a1ff03cd6fb9, "tick: Detect and fix jiffies update stall"). The
    /// log's clock goes on, and is another one, of which no more is known than that it was not
    /// wrong by more than a thousandth.
    private long now(OptionalLong crashed) throws IOException {
        long logged = crashed.orElse(0);
        return Math.max(Timekeeper.monotonic(kernel).orElse(0), logged - logged / 1000);
    }

    /// When the CPU's next timer interrupt was to come, in nanoseconds of the kernel's clock.
    private long due(int cpu) throws IOException {
        Optional<Struct> device =
                PerCpu.of(kernel).struct("tick_cpu_device", "tick_device", cpu).follow("evtdev");
        return device.isPresent() ? device.get().number("next_event") : Long.MAX_VALUE;
    }

    private Optional<LockedCpu> suspect(RunningTask running) throws IOException {
        TaskStack task = stacks.of(running.task());
        List<StackFrame> frames = task.backtrace().frames();
        List<StackFrame> telling = Stack.telling(frames, true);
        if (task.pid() == 0 || telling.isEmpty()) {
            return Optional.empty();
        }
        // What an NMI interrupted is told by its frame, which comes before; else the CPU's own registers tell.
        int first = frames.size() - telling.size();
        Optional<X86Registers> registers = first == 0
                ? task.backtrace().registers()
                : frames.get(first - 1).saved();
        boolean off = registers.isPresent()
                && !registers.get().isUser()
                && (registers.get().find(X86Register.EFLAGS).orElse(INTERRUPTS_ON) & INTERRUPTS_ON) == 0;
        return off ? Optional.of(new LockedCpu(running.cpu(), Duration.ZERO, task, telling)) : Optional.empty();
    }
}
