package org.kdump.kernel.task;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;

/// How much user memory a process has.
///
/// @param virtualPages mapped, whether there is memory behind it or not
/// @param residentPages in memory: of files, anonymous and shared
public record MemoryUse(long virtualPages, long residentPages) {
    /// No user memory.
    public static final MemoryUse NONE = new MemoryUse(0, 0);

    /// `MM_FILEPAGES`, `MM_ANONPAGES` and `MM_SHMEMPAGES` (include/linux/mm_types_task.h); between them is
    /// `MM_SWAPENTS`.
    private static final List<Integer> RESIDENT = List.of(0, 1, 3);

    /// That of a task's process.
    ///
    /// @param threads all threads of the process, for what each of them has not yet added to the process's
    ///     counters
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static MemoryUse of(Task task, List<Struct> threads, PerCpu perCpu) throws IOException {
        Optional<Struct> memory = task.memory();
        if (memory.isEmpty()) {
            return NONE;
        }
        long resident = 0;
        for (int counter : RESIDENT) {
            resident += counter(memory.get(), counter, perCpu);
            for (Struct thread : threads) {
                resident += ofThread(thread, counter);
            }
        }
        return new MemoryUse(memory.get().number("total_vm"), Math.max(0, resident));
    }

    /// A counter is a `percpu_counter` since Linux 6.2 (commit f1a7941243c1, "mm: convert mm's rss stats into
    /// percpu_counter"); before it was an atomic one, beside which threads had changes of their own.
    private static long counter(Struct memory, int number, PerCpu perCpu) throws IOException {
        String path = "rss_stat[" + number + "]";
        if (!memory.type().has(path + ".count")) {
            return memory.number("rss_stat.count[" + number + "].counter");
        }
        long sum = memory.number(path + ".count");
        long variable = memory.number(path + ".counters");
        TypedMemory kernel = memory.type().memory();
        for (int cpu : variable == 0 ? List.<Integer>of() : perCpu.cpus()) {
            sum += kernel.memory().s32(perCpu.address(variable, cpu));
        }
        return sum;
    }

    private static long ofThread(Struct thread, int number) throws IOException {
        Optional<Member> count = thread.type().find("rss_stat.count[" + number + "]");
        return count.isPresent() ? count.get().read(thread.address()) : 0;
    }
}
