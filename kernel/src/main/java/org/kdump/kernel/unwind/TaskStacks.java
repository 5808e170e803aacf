package org.kdump.kernel.unwind;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.ModuleList;
import org.kdump.kernel.symbol.SymbolTables;
import org.kdump.kernel.unwind.RunningTasks.RunningTask;

/// The stacks of a crashed kernel's tasks.
///
/// ```java
/// TaskStacks stacks = TaskStacks.of(kernel, symbols, modules);
/// TaskStack panic = stacks.of(stacks.running().panicTask().orElseThrow().task());
/// ```
public final class TaskStacks {
    private final TypedMemory kernel;
    private final RunningTasks running;
    private final Unwinder unwinder;

    private TaskStacks(TypedMemory kernel, RunningTasks running, Unwinder unwinder) {
        this.kernel = kernel;
        this.running = running;
        this.unwinder = unwinder;
    }

    /// @param kernel its memory, with its symbols
    /// @param symbols what names the frames
    /// @param modules those whose unwind tables are to be used
    /// @throws MalformedInputException if the architecture is not handled yet, or the kernel's types lack what is
    ///     needed
    /// @throws IOException if the dump cannot be read
    public static TaskStacks of(TypedMemory kernel, SymbolTables symbols, ModuleList modules) throws IOException {
        Unwinder unwinder = Unwinder.of(kernel, symbols, UnwindTables.of(kernel, modules));
        return new TaskStacks(kernel, RunningTasks.of(kernel), unwinder);
    }

    /// The tasks that ran.
    public RunningTasks running() {
        return running;
    }

    /// What reads stacks.
    public Unwinder unwinder() {
        return unwinder;
    }

    /// All tasks: the idle ones, then the others as the kernel lists them.
    ///
    /// @throws IOException if the dump cannot be read
    public List<Struct> tasks() throws IOException {
        List<Struct> all = new ArrayList<>();
        PerCpu perCpu = PerCpu.of(kernel);
        for (RunningTask each : running.all()) {
            perCpu.struct("runqueues", "rq", each.cpu()).follow("idle").ifPresent(all::add);
        }
        StructType type = kernel.struct("task_struct");
        long head = kernel.symbol("init_task") + type.member("tasks").offset();
        for (Struct leader : Lists.entries(type, "tasks", head).items()) {
            all.addAll(threads(leader));
        }
        return all;
    }

    /// The threads of a task's process, the first one first.
    ///
    /// @throws IOException if the dump cannot be read
    public List<Struct> threads(Struct task) throws IOException {
        Optional<Struct> process = task.follow("signal");
        return process.isEmpty()
                ? List.of(task)
                : Lists.entries(task.type(), "thread_node", process.get().addressOf("thread_head"))
                        .items();
    }

    /// The stack of a task.
    ///
    /// @param task a `struct task_struct`
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public TaskStack of(Struct task) throws IOException {
        Optional<RunningTask> active = running.find(task);
        Backtrace backtrace =
                active.isPresent() ? unwinder.running(task, active.get().registers()) : unwinder.sleeping(task);
        long cpu = active.isPresent()
                ? active.get().cpu()
                : task.type().firstOf("thread_info.cpu", "cpu").read(task.address());
        return new TaskStack(
                task, (int) task.number("pid"), task.text("comm"), (int) cpu, active.isPresent(), backtrace);
    }
}
