package org.kdump.kernel.why;

import java.time.Duration;
import java.util.List;
import org.kdump.kernel.unwind.StackFrame;
import org.kdump.kernel.unwind.TaskStack;

/// A CPU that was in the kernel with interrupts off, and has done nothing else for long.
///
/// @param cpu its number
/// @param silent since its last timer interrupt
/// @param task what it ran
/// @param telling that task's stack, from where the CPU was
public record LockedCpu(int cpu, Duration silent, TaskStack task, List<StackFrame> telling) {
    /// Copies the list.
    public LockedCpu {
        telling = List.copyOf(telling);
    }

    LockedCpu silentFor(Duration time) {
        return new LockedCpu(cpu, time, task, telling);
    }
}
