package org.kdump.kernel.unwind;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.ModuleList;
import org.kdump.kernel.symbol.SymbolTables;
import org.kdump.kernel.unwind.RunningTasks.RunningTask;
import org.kdump.vmcore.paging.MemoryFault;

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

    TaskStacks(TypedMemory kernel, RunningTasks running, Unwinder unwinder) {
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
    /// @return in part where a list is corrupt, or leads out of the dump's memory
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public Partial<Struct> tasks() throws IOException {
        Optional<String> problem = running.problem();
        Set<Struct> all = new LinkedHashSet<>(idle());
        StructType type = kernel.struct("task_struct");
        long head = kernel.symbol("init_task") + type.member("tasks").offset();
        Partial<Struct> processes = Lists.entries(type, "tasks", head);
        for (Struct process : processes.items()) {
            Partial<Struct> threads = threads(process);
            all.addAll(threads.items());
            problem = problem.or(threads::problem);
        }
        return new Partial<>(List.copyOf(all), processes.problem().isPresent() ? processes.problem() : problem);
    }

    private List<Struct> idle() throws IOException {
        List<Struct> idle = new ArrayList<>();
        PerCpu perCpu = PerCpu.of(kernel);
        for (RunningTask each : running.all()) {
            perCpu.struct("runqueues", "rq", each.cpu()).follow("idle").ifPresent(idle::add);
        }
        return idle;
    }

    /// The threads of a task's process, the first one first.
    ///
    /// @return in part where the list is corrupt, or leads out of the dump's memory
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public Partial<Struct> threads(Struct task) throws IOException {
        try {
            Optional<Struct> process = task.follow("signal");
            if (process.isPresent()) {
                return Lists.entries(task.type(), "thread_node", process.get().addressOf("thread_head"));
            }
            return new Partial<>(List.of(task), Optional.empty());
        } catch (MemoryFault e) {
            return new Partial<>(List.of(task), Optional.of("the threads of a process are missing: " + e.getMessage()));
        }
    }

    /// The stack of a task.
    ///
    /// @param task a `struct task_struct`
    /// @return with a problem if the task or its stack cannot be read
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public TaskStack of(Struct task) throws IOException {
        Optional<RunningTask> active = running.find(task);
        try {
            long cpu = active.isPresent()
                    ? active.get().cpu()
                    : task.type().firstOf("thread_info.cpu", "cpu").read(task.address());
            return new TaskStack(
                    task,
                    (int) task.number("pid"),
                    LogText.printable(task.text("comm")),
                    (int) cpu,
                    state(task),
                    active.isPresent(),
                    backtrace(task, active));
        } catch (MemoryFault e) {
            Backtrace nothing = new Backtrace(List.of(), Optional.empty(), Optional.of(e.getMessage()));
            return new TaskStack(task, -1, "", -1, "", active.isPresent(), nothing);
        }
    }

    private Backtrace backtrace(Struct task, Optional<RunningTask> active) throws IOException {
        return active.isPresent() ? unwinder.running(task, active.get().registers()) : unwinder.sleeping(task);
    }

    /// A task's state by crash's two letters: `RU` running, `IN` interruptible, `UN` uninterruptible, `ID` idle, `ST`
    /// stopped, `TR` traced, `PA` parked, `NE` new, `ZO` zombie, `DE` dead.
    ///
    /// @param task a `struct task_struct`
    /// @throws MemoryFault if it cannot be read
    /// @throws IOException if the dump cannot be read
    public static String state(Struct task) throws IOException {
        // The bits are those of include/linux/sched.h since Linux 4.14; no BTF has them. The word was `state` until
        // Linux 5.14 (commit 2f064a59a11f, "sched: Change task_struct::state").
        long bits = task.type().firstOf("__state", "state").read(task.address()) | task.number("exit_state");
        if ((bits & 0x20) != 0) {
            return "ZO";
        }
        return switch ((int) Long.highestOneBit(bits & 0xdf)) {
            case 0 -> (bits & 0x800) != 0 ? "NE" : "RU";
            case 1 -> "IN";
            case 2 -> (bits & 0x400) != 0 ? "ID" : "UN";
            case 4 -> "ST";
            case 8 -> "TR";
            case 0x40 -> "PA";
            default -> "DE";
        };
    }
}
