package org.kdump.kernel.why;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.RbTree;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.MemoryFault;
import org.kdump.vmcore.paging.Translation;

/// Goes through those of the kernel's lists that everything else depends on, and looks whether each
/// node is where its neighbours say (include/linux/list.h): `node->next->prev == node`.
///
/// Of a dump that lacks pages a list is followed as far as they go: what is not there is not
/// corrupt.
final class CorruptLists {
    /// No list that is looked at has more entries in a kernel that works.
    private static final int LONGEST = 1 << 22;

    private final TypedMemory kernel;
    private final Member next;
    private final Member prev;
    private final List<CorruptList> found = new ArrayList<>();

    private CorruptLists(TypedMemory kernel) {
        this.kernel = kernel;
        StructType head = kernel.struct("list_head");
        next = head.member("next");
        prev = head.member("prev");
    }

    /// All that are corrupt.
    ///
    /// @param tasks every task, as far as they were found
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    static List<CorruptList> all(TypedMemory kernel, List<Struct> tasks) throws IOException {
        CorruptLists lists = new CorruptLists(kernel);
        OptionalLong init = kernel.findSymbol("init_task");
        if (init.isPresent()) {
            lists.check(
                    "the list of tasks",
                    kernel.struct("task_struct", init.getAsLong()).addressOf("tasks"));
        }
        lists.check("the list of modules", "modules");
        lists.check("the list of slab caches", "slab_caches");
        lists.check("the list of mounted file systems", "super_blocks");
        lists.threads(tasks);
        lists.runQueues();
        return List.copyOf(lists.found);
    }

    private void check(String what, String symbol) throws IOException {
        OptionalLong head = kernel.findSymbol(symbol);
        if (head.isPresent()) {
            check(what, head.getAsLong());
        }
    }

    /// The first fault of a list is told: what follows from it is of no use.
    private void check(String what, long head) throws IOException {
        long node = head;
        try {
            for (int i = 0; i < LONGEST; i++) {
                long after = next.read(node);
                if (isNoMemory(after)) {
                    found.add(new CorruptList(what, node, "its next is " + hex(after) + ", which is no memory"));
                    return;
                }
                long back = prev.read(after);
                if (back != node) {
                    found.add(new CorruptList(what, after, "its prev is " + hex(back) + ", not " + hex(node)));
                    return;
                }
                node = after;
                if (node == head) {
                    return;
                }
            }
            found.add(new CorruptList(what, head, "it has no end"));
        } catch (MemoryFault notInDump) {
            // It cannot be followed further.
        }
    }

    /// Whether an address can be none that a list leads to, whatever the dump holds.
    private boolean isNoMemory(long address) throws IOException {
        return kernel.memory().space().translate(address) instanceof Translation.Unmapped place
                && place.reason() != Translation.Reason.TABLE_NOT_IN_DUMP;
    }

    private void threads(List<Struct> tasks) throws IOException {
        for (Struct task : tasks) {
            try {
                Optional<Struct> process = task.follow("signal");
                if (process.isPresent() && task.number("group_leader") == task.address()) {
                    check(
                            "the list of threads of process " + task.number("tgid"),
                            process.get().addressOf("thread_head"));
                }
            } catch (MemoryFault notInDump) {
                // So it has no list that could be looked at.
            }
        }
    }

    private void runQueues() throws IOException {
        PerCpu perCpu = PerCpu.of(kernel);
        for (int cpu : kernel.findSymbol("runqueues").isPresent() ? perCpu.cpus() : List.<Integer>of()) {
            Struct queue = perCpu.struct("runqueues", "rq", cpu);
            String what = "the run queue of CPU " + cpu;
            if (queue.type().has("cfs_tasks")) {
                check(what, queue.addressOf("cfs_tasks"));
            }
            for (int priority = 0; queue.type().has("rt.active.queue[" + priority + "]"); priority++) {
                check(what + ", priority " + priority, queue.addressOf("rt.active.queue[" + priority + "]"));
            }
            StructType entity = kernel.struct("sched_entity");
            RbTree.entries(entity, "run_node", queue.addressOf("cfs.tasks_timeline"))
                    .problem()
                    .filter(problem -> problem.contains("is corrupt"))
                    .ifPresent(problem -> found.add(new CorruptList(what, queue.address(), problem)));
        }
    }

    private static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }
}
