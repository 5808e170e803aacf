package org.kdump.kernel.unwind;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.MemoryFault;

/// The stacks of x86_64's CPUs, which tasks share: those for interrupts, for exceptions, and of the kernel's
/// entry.
///
/// They are looked up when an address is first asked for that is in no task's stack.
final class CpuStacks {
    /// The members of `struct cea_exception_stacks` (arch/x86/include/asm/cpu_entry_area.h, since Linux 5.2),
    /// and what crash calls them.
    private static final List<String[]> EXCEPTIONS = List.of(
            new String[] {"DF_stack", "DOUBLEFAULT exception"},
            new String[] {"NMI_stack", "NMI exception"},
            new String[] {"DB_stack", "DEBUG exception"},
            new String[] {"MCE_stack", "MCE exception"},
            new String[] {"VC_stack", "VC exception"},
            new String[] {"VC2_stack", "VC2 exception"});

    private final TypedMemory kernel;
    private NavigableMap<Long, StackArea> areas;

    CpuStacks(TypedMemory kernel) {
        this.kernel = kernel;
    }

    /// The stack that an address is in; empty if in none of any CPU.
    synchronized Optional<StackArea> around(long address) throws IOException {
        if (areas == null) {
            areas = all();
        }
        Map.Entry<Long, StackArea> below = areas.floorEntry(address);
        return Optional.ofNullable(below).map(Map.Entry::getValue).filter(area -> area.contains(address));
    }

    /// All of them that can be found, by CPU.
    List<CpuStack> byCpu() throws IOException {
        List<CpuStack> all = new ArrayList<>();
        PerCpu perCpu = PerCpu.of(kernel);
        for (int cpu : perCpu.cpus()) {
            of(perCpu, cpu).forEach(area -> all.add(new CpuStack(cpu, area.name(), area.low(), area.high())));
        }
        return all;
    }

    /// The stack for NMIs of a CPU; empty if it cannot be found.
    synchronized Optional<StackArea> nonMaskable(int cpu) throws IOException {
        List<StackArea> found = new ArrayList<>();
        addExceptions(PerCpu.of(kernel), cpu, found);
        return found.stream().filter(area -> area.name().startsWith("NMI")).findFirst();
    }

    private NavigableMap<Long, StackArea> all() throws IOException {
        List<StackArea> found = new ArrayList<>();
        PerCpu perCpu = PerCpu.of(kernel);
        for (int cpu : perCpu.cpus()) {
            found.addAll(of(perCpu, cpu));
        }
        NavigableMap<Long, StackArea> sorted = new TreeMap<>(Long::compareUnsigned);
        found.forEach(area -> sorted.put(area.low(), area));
        return sorted;
    }

    private List<StackArea> of(PerCpu perCpu, int cpu) throws IOException {
        List<StackArea> found = new ArrayList<>();
        try {
            addInterrupts(perCpu, cpu, found);
            addExceptions(perCpu, cpu, found);
            addEntry(perCpu, cpu, found);
        } catch (MemoryFault | MalformedInputException e) {
            // A CPU that never came up has none; a stack that is not found is told where a backtrace leads there.
        }
        return found;
    }

    /// The top of the stack for interrupts: in a variable of its own, or, from Linux 6.2 (commit d7b6d709a76a,
    /// "x86/percpu: Move irq_stack variables next to current_task") until 6.15, in `pcpu_hot`. It is the
    /// stack's end, or, since Linux 5.12 (commit 951c2a51ae75), 8 bytes below.
    private void addInterrupts(PerCpu perCpu, int cpu, List<StackArea> found) throws IOException {
        Optional<StructType> stack = kernel.findStruct("irq_stack");
        Optional<StructType> hot = kernel.findStruct("pcpu_hot").filter(type -> type.has("hardirq_stack_ptr"));
        OptionalLong variable = kernel.findSymbol("hardirq_stack_ptr");
        if (stack.isEmpty() || hot.isEmpty() && variable.isEmpty()) {
            return;
        }
        long top = hot.isPresent()
                ? perCpu.struct("pcpu_hot", "pcpu_hot", cpu).number("hardirq_stack_ptr")
                : kernel.memory().word(perCpu.address(variable.getAsLong(), cpu));
        if (top != 0) {
            long high = top + Long.BYTES & -2L * Long.BYTES;
            found.add(new StackArea("IRQ", high - stack.get().size(), high));
        }
    }

    private void addExceptions(PerCpu perCpu, int cpu, List<StackArea> found) throws IOException {
        Optional<StructType> stacks = kernel.findStruct("cea_exception_stacks");
        OptionalLong variable = kernel.findSymbol("cea_exception_stacks");
        if (stacks.isEmpty() || variable.isEmpty()) {
            return;
        }
        long base = kernel.memory().word(perCpu.address(variable.getAsLong(), cpu));
        for (String[] each : EXCEPTIONS) {
            Optional<Member> member = stacks.get().find(each[0]).filter(stack -> stack.size() > 0);
            if (base != 0 && member.isPresent()) {
                long low = member.get().address(base);
                found.add(new StackArea(each[1], low, low + member.get().size()));
            }
        }
    }

    /// Where the CPU comes in from user mode, at the top of it `sp0` of the CPU's task state segment.
    private void addEntry(PerCpu perCpu, int cpu, List<StackArea> found) throws IOException {
        Optional<StructType> page = kernel.findStruct("entry_stack_page");
        if (page.isEmpty() || kernel.findSymbol("cpu_tss_rw").isEmpty()) {
            return;
        }
        long top = perCpu.struct("cpu_tss_rw", "tss_struct", cpu).number("x86_tss.sp0");
        if (top != 0) {
            long low = top - 1 & -page.get().size();
            found.add(new StackArea("ENTRY", low, top));
        }
    }
}
