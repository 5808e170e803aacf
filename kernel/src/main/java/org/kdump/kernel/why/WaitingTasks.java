package org.kdump.kernel.why;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.unwind.StackFrame;
import org.kdump.kernel.unwind.TaskStack;
import org.kdump.kernel.unwind.TaskStacks;
import org.kdump.vmcore.paging.MemoryFault;

/// Finds the tasks that wait and cannot be interrupted.
final class WaitingTasks {
    private static final long UNINTERRUPTIBLE = 0x2;
    /// As idle kernel threads wait (`TASK_NOLOAD`, include/linux/sched.h; Linux 4.2).
    private static final long NO_LOAD = 0x400;
    private static final long STACK_SIZE = 1 << 14;

    private final TypedMemory kernel;
    private final TaskStacks stacks;
    private final List<Struct> tasks;
    private final LockSearch locks;

    WaitingTasks(TypedMemory kernel, TaskStacks stacks, List<Struct> tasks) {
        this.kernel = kernel;
        this.stacks = stacks;
        this.tasks = tasks;
        locks = new LockSearch(kernel, tasks, STACK_SIZE);
    }

    /// All of them, the one that waits longest first.
    ///
    /// @throws IOException if the dump cannot be read
    List<WaitingTask> all() throws IOException {
        List<WaitingTask> waiting = new ArrayList<>();
        for (Struct task : tasks) {
            long state = task.type().firstOf("__state", "state").read(task.address());
            if ((state & UNINTERRUPTIBLE) != 0
                    && (state & NO_LOAD) == 0
                    && stacks.running().find(task).isEmpty()) {
                waiting.add(describe(task));
            }
        }
        waiting.sort(Comparator.comparing((WaitingTask task) -> task.waited().orElse(Duration.ZERO))
                .reversed());
        return waiting;
    }

    private WaitingTask describe(Struct task) throws IOException {
        TaskStack stack = stacks.of(task);
        String function = Stack.telling(stack.backtrace().frames(), false).stream()
                .findFirst()
                .map(StackFrame::function)
                .orElse("");
        Optional<HeldLock> lock = locks.find(task, stacks.unwinder().contents(task));
        return new WaitingTask(stack.pid(), stack.comm(), task.address(), waited(task, stack.cpu()), function, lock);
    }

    private Optional<Duration> waited(Struct task, int cpu) throws IOException {
        if (!task.type().has("sched_info.last_arrival")) {
            return Optional.empty();
        }
        try {
            long now = PerCpu.of(kernel).struct("runqueues", "rq", cpu).number("clock");
            long since = task.number("sched_info.last_arrival");
            return since == 0 || now < since ? Optional.empty() : Optional.of(Duration.ofNanos(now - since));
        } catch (MalformedInputException | MemoryFault notThere) {
            return Optional.empty();
        }
    }
}
