package org.kdump.kernel.why;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.MemoryFault;

/// Whom RCU waited for (`struct rcu_node`, kernel/rcu/tree.h): a tree of nodes, of which each leaf
/// has a bit for every CPU that has not told yet that it is in no reader, and a list of tasks that
/// were switched away in one.
///
/// @param cpus those that RCU waited for
/// @param tasks those that it waited for, each a `struct task_struct`
record RcuStall(List<Integer> cpus, List<Struct> tasks) {
    private static final int MOST_NODES = 1 << 12;
    private static final int MOST_TASKS = 1 << 10;

    /// Copies the lists.
    RcuStall {
        cpus = List.copyOf(cpus);
        tasks = List.copyOf(tasks);
    }

    /// Finds them.
    ///
    /// @param expedited whether it is the hurried kind of RCU's that stalled, which has bits and
    ///     tasks of its own
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    static RcuStall of(TypedMemory kernel, boolean expedited) throws IOException {
        Struct state = kernel.variable("rcu_state", "rcu_state");
        int leaves = number(kernel, "rcu_num_lvls") - 1;
        List<Integer> cpus = new ArrayList<>();
        List<Struct> tasks = new ArrayList<>();
        for (int i = 0; i < Math.min(MOST_NODES, number(kernel, "rcu_num_nodes")); i++) {
            Struct node = state.inner("node[" + i + "]");
            if (node.number("level") == leaves) {
                long first = node.number("grplo");
                long waiting = node.number(expedited ? "expmask" : "qsmask");
                for (long bits = waiting; bits != 0; bits &= bits - 1) {
                    cpus.add((int) first + Long.numberOfTrailingZeros(bits));
                }
                blocked(node, expedited ? "exp_tasks" : "gp_tasks", tasks);
            }
        }
        return new RcuStall(cpus, tasks);
    }

    private static int number(TypedMemory kernel, String symbol) throws IOException {
        OptionalLong address = kernel.findSymbol(symbol);
        return address.isPresent() ? kernel.memory().s32(address.getAsLong()) : 1;
    }

    /// That member points to the first task of the list that the grace period waits for; those
    /// before it came later.
    private static void blocked(Struct node, String pointer, List<Struct> tasks) throws IOException {
        TypedMemory kernel = node.type().memory();
        StructType task = kernel.struct("task_struct");
        if (!task.has("rcu_node_entry") || !node.type().has(pointer)) {
            return;
        }
        long head = node.addressOf("blkd_tasks");
        try {
            long at = node.number(pointer);
            for (int i = 0; at != 0 && at != head && i < MOST_TASKS; i++) {
                Struct found = task.containing("rcu_node_entry", at);
                at = kernel.memory().word(at);
                tasks.add(found);
            }
        } catch (MemoryFault notInDump) {
            // Those before are known.
        }
    }
}
