package org.kdump.kernel.task;

import java.io.IOException;
import java.util.Optional;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.unwind.TaskStacks;

/// A task of the crashed kernel: a process, one of its threads, or a thread of the kernel.
///
/// What is asked of it is read then; all answers throw [MemoryFault] if it is not in the dump,
/// [MalformedInputException]
/// if the kernel's types lack a member, and [IOException] if the dump cannot be read.
///
/// @param structure its `struct task_struct` (include/linux/sched.h)
public record Task(Struct structure) {
    /// Its id, which `gettid` tells.
    public int pid() throws IOException {
        return (int) structure.number("pid");
    }

    /// The id of its process, which `getpid` tells.
    public int processId() throws IOException {
        return (int) structure.number("tgid");
    }

    /// Its name, with what cannot be printed made visible.
    public String name() throws IOException {
        return LogText.printable(structure.text("comm"));
    }

    /// A line that says which task it is, as crash has it.
    public String title() throws IOException {
        return "PID: %-8d TASK: %016x  CPU: %-3d  COMMAND: \"%s\"".formatted(pid(), structure.address(), cpu(), name());
    }

    /// Its state by two letters: [TaskStacks#state].
    public String state() throws IOException {
        return TaskStacks.state(structure);
    }

    /// The CPU that it ran on last: `cpu` lies in `thread_info` since Linux 5.16 (commit bcf9033e5449,
    /// "sched: move CPU
    /// field back into thread_info if THREAD_INFO_IN_TASK=y").
    public int cpu() throws IOException {
        return (int) structure.type().firstOf("thread_info.cpu", "cpu").read(structure.address());
    }

    /// Whether it is the first thread of its process.
    public boolean isLeader() throws IOException {
        return structure.number("group_leader") == structure.address();
    }

    /// The first thread of its process.
    public Task leader() throws IOException {
        return structure.follow("group_leader").map(Task::new).orElse(this);
    }

    /// Its parent, or its tracer while it is traced; the first tasks of all are their own.
    public Task parent() throws IOException {
        return structure.follow("parent").map(Task::new).orElse(this);
    }

    /// Its user memory, a `struct mm_struct`; empty for a thread of the kernel, and for a task that has
    /// exited.
    public Optional<Struct> memory() throws IOException {
        return structure.follow("mm");
    }

    /// Whether it is a thread of the kernel.
    public boolean isKernelThread() throws IOException {
        return structure.number("mm") == 0 && structure.number("exit_state") == 0;
    }

    /// When it last got a CPU, in nanoseconds of that CPU's clock ([#runQueueClock]); 0 if the kernel does
    /// not note it.
    public long lastRun() throws IOException {
        Optional<Member> arrival = structure.type().find("sched_info.last_arrival");
        return arrival.isPresent() ? arrival.get().read(structure.address()) : 0;
    }

    /// Nanoseconds that it ran in user mode, as accounted.
    public long userTime() throws IOException {
        return structure.number("utime");
    }

    /// Nanoseconds that it ran in the kernel, as accounted.
    public long systemTime() throws IOException {
        return structure.number("stime");
    }

    /// Its scheduling policy, `SCHED_…` (include/uapi/linux/sched.h).
    public int policy() throws IOException {
        return (int) structure.number("policy");
    }

    /// Its priority as the scheduler has it: real-time ones below 100, 120 for a nice value of 0.
    public int priority() throws IOException {
        return (int) structure.number("prio");
    }

    /// Where on its kernel stack it was switched away; of one that ran, when that happened last.
    public long stackPointer() throws IOException {
        return structure.number("thread.sp");
    }

    /// When it was started, in nanoseconds since the machine was.
    public long startTime() throws IOException {
        return structure.number("start_time");
    }
}
