package org.kdump.kernel.why;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.unwind.StackContents;
import org.kdump.vmcore.paging.MemoryFault;

/// Finds the lock that a sleeping task waits for, and who has it.
///
/// A task that waits for a mutex or rw_semaphore has a `struct mutex_waiter` or `rwsem_waiter` on its stack, which
/// names the task and is in a ring with the other waiters and the lock itself (kernel/locking/{mutex,rwsem}.c). In
/// kernels where the lock is not in that ring, it is not found.
final class LockSearch {
    private static final int LONGEST_RING = 4096;
    private static final int OWNER_FLAGS = 7;
    private static final int READER = 1;

    private final Map<Long, Struct> tasks = new HashMap<>();
    private final List<Kind> kinds = new ArrayList<>();
    private final long stackSize;

    /// A kind of lock.
    private record Kind(String name, StructType lock, StructType waiter) {}

    /// @param all every task
    /// @param stackSize bytes
    LockSearch(TypedMemory kernel, List<Struct> all, long stackSize) {
        all.forEach(task -> tasks.put(task.address(), task));
        this.stackSize = stackSize;
        add("mutex", kernel.findStruct("mutex"), kernel.findStruct("mutex_waiter"));
        add("rw_semaphore", kernel.findStruct("rw_semaphore"), kernel.findStruct("rwsem_waiter"));
    }

    private void add(String name, Optional<StructType> lock, Optional<StructType> waiter) {
        if (lock.isPresent()
                && lock.get().has("wait_list")
                && lock.get().has("owner")
                && waiter.isPresent()
                && waiter.get().has("task")
                && waiter.get().has("list")) {
            kinds.add(new Kind(name, lock.get(), waiter.get()));
        }
    }

    /// The lock that a task waits for; empty if none is found.
    ///
    /// @param stack what is on its stack
    /// @throws IOException if the dump cannot be read
    Optional<HeldLock> find(Struct task, StackContents stack) throws IOException {
        for (long at = stack.low(); at < stack.high(); at += Long.BYTES) {
            OptionalLong word = stack.word(at);
            if (word.isPresent() && word.getAsLong() == task.address()) {
                for (Kind kind : kinds) {
                    Optional<HeldLock> lock = lock(kind, kind.waiter.containing("task", at));
                    if (lock.isPresent()) {
                        return lock;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private Optional<HeldLock> lock(Kind kind, Struct waiter) throws IOException {
        try {
            long start = waiter.addressOf("list");
            long node = waiter.number("list.next");
            if (waiter.type().containing("list", node).number("list.prev") != start) {
                return Optional.empty();
            }
            for (int i = 0; i < LONGEST_RING && node != start; i++) {
                Struct next = waiter.type().containing("list", node);
                if (!isWaiter(next)) {
                    return Optional.of(held(kind, kind.lock.containing("wait_list", node)));
                }
                node = next.number("list.next");
            }
        } catch (MemoryFault notAWaiter) {
            // What looked like one was not.
        }
        return Optional.empty();
    }

    /// Whether it lies on the stack of the very task that it names.
    private boolean isWaiter(Struct waiter) throws IOException {
        Struct task = tasks.get(waiter.number("task"));
        return task != null && Long.compareUnsigned(waiter.address() - task.number("stack"), stackSize) < 0;
    }

    private HeldLock held(Kind kind, Struct lock) throws IOException {
        long owner = lock.number("owner.counter");
        Optional<Struct> task = Optional.ofNullable(tasks.get(owner & ~OWNER_FLAGS));
        boolean reader = kind.name.equals("rw_semaphore") && (owner & READER) != 0;
        return new HeldLock(kind.name, lock.address(), task, reader);
    }
}
