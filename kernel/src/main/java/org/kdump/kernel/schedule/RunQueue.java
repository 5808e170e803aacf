package org.kdump.kernel.schedule;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.RbTree;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.task.Task;

/// The tasks that a CPU is to run (kernel/sched/sched.h).
///
/// @param cpu its number
/// @param structure its `struct rq`
/// @param current the task that it runs; empty if that cannot be read
/// @param realTime those of real-time classes that wait, by their priority
/// @param fair those of the fair class that wait, in the order of their queue
public record RunQueue(int cpu, Struct structure, Optional<Task> current, List<Task> realTime, List<Task> fair) {
    /// Those of all CPUs.
    ///
    /// @return in part where a queue cannot be read
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<RunQueue> all(TypedMemory kernel, PerCpu perCpu) throws IOException {
        List<RunQueue> all = new ArrayList<>();
        Optional<String> problem = Optional.empty();
        for (int cpu : perCpu.cpus()) {
            Struct queue = perCpu.struct("runqueues", "rq", cpu);
            Partial<Task> realTime = realTime(queue);
            Partial<Task> fair = fair(queue.inner("cfs"), new HashSet<>());
            problem = problem.or(realTime::problem).or(fair::problem);
            all.add(new RunQueue(cpu, queue, queue.follow("curr").map(Task::new), realTime.items(), fair.items()));
        }
        return new Partial<>(all, problem);
    }

    private static Partial<Task> realTime(Struct queue) throws IOException {
        StructType task = queue.type().memory().struct("task_struct");
        List<Task> all = new ArrayList<>();
        Optional<String> problem = Optional.empty();
        for (int priority = 0; queue.type().has("rt.active.queue[" + priority + "]"); priority++) {
            Partial<Struct> tasks =
                    Lists.entries(task, "rt.run_list", queue.addressOf("rt.active.queue[" + priority + "]"));
            tasks.items().forEach(each -> all.add(new Task(each)));
            problem = problem.or(tasks::problem);
        }
        return new Partial<>(all, problem);
    }

    /// A group of tasks stands in the queue as one, and has a queue of its own.
    ///
    /// @param seen the queues that there were before
    private static Partial<Task> fair(Struct queue, Set<Struct> seen) throws IOException {
        if (!seen.add(queue)) {
            return new Partial<>(List.of(), Optional.of("the groups of tasks are corrupt: they run in a circle"));
        }
        TypedMemory kernel = queue.type().memory();
        StructType entity = kernel.struct("sched_entity");
        StructType task = kernel.struct("task_struct");
        Partial<Struct> entities = RbTree.entries(entity, "run_node", queue.addressOf("tasks_timeline"));
        List<Task> all = new ArrayList<>();
        Optional<String> problem = entities.problem();
        for (Struct each : entities.items()) {
            Optional<Struct> group = entity.has("my_q") ? each.follow("my_q") : Optional.empty();
            if (group.isEmpty()) {
                all.add(new Task(task.containing("se", each.address())));
            } else {
                Partial<Task> inner = fair(group.get(), seen);
                all.addAll(inner.items());
                problem = problem.or(inner::problem);
            }
        }
        return new Partial<>(all, problem);
    }
}
