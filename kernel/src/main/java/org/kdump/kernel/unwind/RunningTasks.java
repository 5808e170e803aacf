package org.kdump.kernel.unwind;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.CpuRegisters;
import org.kdump.kernel.object.Bitmap;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.MemoryFault;

/// The tasks that ran when the machine crashed, one a CPU.
///
/// @param all in the order of the CPUs' numbers
/// @param panic the CPU that crashed the machine; empty if none did, as in a dump taken from outside
/// @param problem why a CPU is missing, as a sentence; empty if none is
public record RunningTasks(List<RunningTask> all, OptionalInt panic, Optional<String> problem) {
    /// A task that ran.
    ///
    /// @param cpu the CPU's number
    /// @param task its `struct task_struct`
    /// @param registers those that the CPU left; empty if it left none
    public record RunningTask(int cpu, Struct task, Optional<CpuRegisters> registers) {}

    /// Copies the list.
    public RunningTasks {
        all = List.copyOf(all);
    }

    /// Finds them.
    ///
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static RunningTasks of(TypedMemory kernel) throws IOException {
        PerCpu perCpu = PerCpu.of(kernel);
        List<Integer> online = online(kernel, perCpu);
        List<CpuRegisters> notes = CpuRegisters.of(kernel.memory().vmcore());
        List<RunningTask> all = new ArrayList<>();
        Optional<String> problem = Optional.empty();
        for (int i = 0; i < online.size(); i++) {
            int cpu = online.get(i);
            // There is a note for each CPU that was online, or else one for each that there may be.
            int note = notes.size() == online.size() ? i : cpu;
            Optional<CpuRegisters> registers = note < notes.size() ? Optional.of(notes.get(note)) : Optional.empty();
            try {
                long task = current(kernel, perCpu, cpu);
                if (task != 0) {
                    all.add(new RunningTask(cpu, kernel.struct("task_struct", task), registers));
                }
            } catch (MemoryFault e) {
                problem = Optional.of("what CPU " + cpu + " ran is not known: " + e.getMessage());
            }
        }
        return new RunningTasks(all, panic(kernel), problem);
    }

    private static List<Integer> online(TypedMemory kernel, PerCpu perCpu) throws IOException {
        OptionalLong mask = kernel.findSymbol("__cpu_online_mask");
        if (mask.isEmpty()) {
            return perCpu.cpus();
        }
        Struct online = kernel.struct("cpumask", mask.getAsLong());
        return Bitmap.read(online, "bits").stream().boxed().toList();
    }

    /// The kernel's `current`: a variable of its own, but in `pcpu_hot` from Linux 6.2 (commit e57ef2ed97c1, "x86:
    /// Put hot per CPU variables into a struct") until 6.15.
    private static long current(TypedMemory kernel, PerCpu perCpu, int cpu) throws IOException {
        Optional<StructType> hot = kernel.findStruct("pcpu_hot").filter(type -> type.has("current_task"));
        return hot.isPresent()
                ? perCpu.struct("pcpu_hot", "pcpu_hot", cpu).number("current_task")
                : kernel.memory().word(perCpu.address(kernel.symbol("current_task"), cpu));
    }

    private static OptionalInt panic(TypedMemory kernel) throws IOException {
        for (String name : new String[] {"crashing_cpu", "panic_cpu"}) {
            OptionalLong variable = kernel.findSymbol(name);
            int cpu = variable.isPresent() ? number(kernel, variable.getAsLong()) : -1;
            if (cpu >= 0) {
                return OptionalInt.of(cpu);
            }
        }
        return OptionalInt.empty();
    }

    private static int number(TypedMemory kernel, long variable) throws IOException {
        try {
            return kernel.memory().s32(variable);
        } catch (MemoryFault notInTheDump) {
            return -1;
        }
    }

    /// The task that crashed the machine.
    public Optional<RunningTask> panicTask() {
        return panic.isPresent() ? onCpu(panic.getAsInt()) : Optional.empty();
    }

    /// The task that ran on a CPU; empty if that was offline.
    public Optional<RunningTask> onCpu(int cpu) {
        return all.stream().filter(each -> each.cpu() == cpu).findFirst();
    }

    /// Where a task ran; empty if it did not.
    public Optional<RunningTask> find(Struct task) {
        return all.stream()
                .filter(each -> each.task().address() == task.address())
                .findFirst();
    }
}
