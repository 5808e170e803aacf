package org.kdump.kernel.task;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.TypedMemory;

/// The clocks of the CPUs' run queues (`rq->clock`), in nanoseconds, as each CPU last saw it.
///
/// @param ofCpu by the CPU's number
public record Clocks(Map<Integer, Long> ofCpu) {
    /// Copies the map.
    public Clocks {
        ofCpu = Map.copyOf(ofCpu);
    }

    /// Reads them.
    ///
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Clocks of(TypedMemory kernel, PerCpu perCpu) throws IOException {
        Map<Integer, Long> all = new HashMap<>();
        for (int cpu : perCpu.cpus()) {
            all.put(cpu, perCpu.struct("runqueues", "rq", cpu).number("clock"));
        }
        return new Clocks(all);
    }

    /// The latest of them: how long the machine had run, to some milliseconds.
    public long now() {
        return ofCpu.values().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    /// Nanoseconds since a task got its CPU.
    ///
    /// @throws IOException if it cannot be read
    public long since(Task task) throws IOException {
        return Math.max(0, ofCpu.getOrDefault(task.cpu(), 0L) - task.lastRun());
    }
}
