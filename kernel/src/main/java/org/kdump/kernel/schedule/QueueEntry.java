package org.kdump.kernel.schedule;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.RbTree;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.task.Task;
import org.kdump.vmcore.paging.MemoryFault;

/// What stands in a fair run queue, group by group: a group of tasks, or a task.
///
/// @param depth how many groups it is within
/// @param task the task; empty for a group
/// @param current whether the CPU runs it
/// @param group the address of the `struct task_group`, of a task that which it is in; 0 if groups are not
///     built in
/// @param queue the address of the group's `struct cfs_rq` on this CPU
/// @param name of the group's control group; empty for the first one, and for a task
/// @param throttled whether the group has used up its time
public record QueueEntry(
        int depth, Optional<Task> task, boolean current, long group, long queue, String name, boolean throttled) {
    /// What stands in the fair queue of a CPU.
    ///
    /// @param queue its `struct rq`
    /// @return in part where the queue is corrupt
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<QueueEntry> of(Struct queue) throws IOException {
        List<QueueEntry> all = new ArrayList<>();
        try {
            Optional<String> problem = add(queue.inner("cfs"), 0, new HashSet<>(), all);
            return new Partial<>(all, problem);
        } catch (MemoryFault e) {
            return new Partial<>(all, Optional.of("a queue cannot be read: " + e.getMessage()));
        }
    }

    /// @param seen the queues that there were before
    private static Optional<String> add(Struct queue, int depth, Set<Struct> seen, List<QueueEntry> all)
            throws IOException {
        if (!seen.add(queue)) {
            return Optional.of("the groups are corrupt: they run in a circle");
        }
        long group = queue.type().has("tg") ? queue.number("tg") : 0;
        boolean throttled = queue.type().has("throttled") && queue.number("throttled") != 0;
        all.add(new QueueEntry(depth, Optional.empty(), false, group, queue.address(), name(queue), throttled));
        TypedMemory kernel = queue.type().memory();
        StructType entity = kernel.struct("sched_entity");
        Partial<Struct> waiting = RbTree.entries(entity, "run_node", queue.addressOf("tasks_timeline"));
        List<Struct> entities = new ArrayList<>(waiting.items());
        Optional<Struct> current = queue.follow("curr");
        // The one that runs is not in the tree.
        current.ifPresent(entities::addFirst);
        Optional<String> problem = waiting.problem();
        for (Struct each : entities) {
            Optional<Struct> inner = entity.has("my_q") ? each.follow("my_q") : Optional.empty();
            if (inner.isPresent()) {
                Optional<String> below = add(inner.get(), depth + 1, seen, all);
                problem = problem.or(() -> below);
            } else {
                Task task = new Task(kernel.struct("task_struct").containing("se", each.address()));
                boolean runs = current.equals(Optional.of(each));
                all.add(new QueueEntry(depth + 1, Optional.of(task), runs, group, queue.address(), "", false));
            }
        }
        return problem;
    }

    private static String name(Struct queue) throws IOException {
        Optional<Struct> group = queue.type().has("tg") ? queue.follow("tg") : Optional.empty();
        Optional<Struct> control = group.isPresent() && group.get().type().has("css.cgroup")
                ? group.get().follow("css.cgroup")
                : Optional.empty();
        Optional<Struct> node = control.isPresent() ? control.get().follow("kn") : Optional.empty();
        return node.isPresent() && node.get().number("name") != 0
                ? LogText.printable(node.get().text("name"))
                : "";
    }
}
