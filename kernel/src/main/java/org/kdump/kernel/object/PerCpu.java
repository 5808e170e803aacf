package org.kdump.kernel.object;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.paging.MemoryFault;

/// The kernel's per-CPU variables (include/linux/percpu-defs.h): the one of a CPU is at its address plus
/// `__per_cpu_offset[cpu]`.
///
/// That holds wherever the section is linked: on x86_64 at 0, since Linux 6.15 in the image like all else (commit
/// 9d7de2aa8b41, "x86/percpu/64: Use relative percpu offsets"). A kernel without SMP has no `__per_cpu_offset`.
public final class PerCpu {
    private final TypedMemory memory;
    private final OptionalLong offsets;
    private final List<Integer> cpus;

    private PerCpu(TypedMemory memory, OptionalLong offsets, List<Integer> cpus) {
        this.memory = memory;
        this.offsets = offsets;
        this.cpus = List.copyOf(cpus);
    }

    /// The CPUs and their variables.
    ///
    /// @throws MalformedInputException if the kernel's symbols lack `__cpu_possible_mask`
    /// @throws MemoryFault if that is not in the dump
    /// @throws IOException if the dump cannot be read
    public static PerCpu of(TypedMemory memory) throws IOException {
        OptionalLong offsets = memory.findSymbol("__per_cpu_offset");
        if (offsets.isEmpty()) {
            return new PerCpu(memory, offsets, List.of(0));
        }
        Struct mask = memory.struct("cpumask", memory.symbol("__cpu_possible_mask"));
        return new PerCpu(
                memory, offsets, Bitmap.read(mask, "bits").stream().boxed().toList());
    }

    /// The numbers of the CPUs that the machine may have (`cpu_possible_mask`).
    public List<Integer> cpus() {
        return cpus;
    }

    /// Where a CPU's part of a per-CPU variable is.
    ///
    /// @param variable its address as symbols and `__percpu` pointers tell it
    /// @throws MemoryFault if the CPU's offset is not in the dump
    /// @throws IOException if the dump cannot be read
    public long address(long variable, int cpu) throws IOException {
        if (offsets.isEmpty()) {
            return variable;
        }
        int word = memory.types().pointerSize();
        return variable + memory.memory().word(offsets.getAsLong() + (long) cpu * word);
    }

    /// A CPU's part of a per-CPU struct.
    ///
    /// @param symbol the variable's name, `runqueues`
    /// @param type its struct's, `rq`
    /// @throws MalformedInputException if this kernel has no such symbol or struct
    /// @throws MemoryFault if the CPU's offset is not in the dump
    /// @throws IOException if the dump cannot be read
    public Struct struct(String symbol, String type, int cpu) throws IOException {
        return memory.struct(type, address(memory.symbol(symbol), cpu));
    }
}
