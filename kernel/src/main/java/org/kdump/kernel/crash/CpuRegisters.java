package org.kdump.kernel.crash;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.Note;
import org.kdump.vmcore.Architecture;
import org.kdump.vmcore.Vmcore;

/// The registers of a CPU as it was when the kernel stopped it: an `NT_PRSTATUS` note (`struct elf_prstatus`,
/// include/linux/elfcore.h; registers as [X86Register] has them).
///
/// ```
/// x86_64: 32 pr_pid 4 | 112 pr_reg, r15 to ss, 8 bytes each
/// ```
///
/// @param cpu the note's place among its kind, which is the CPU's number as long as no CPU was offline
/// @param pid the task that ran there, 0 for the idle task
/// @param values by the registers' names, in the note's order
public record CpuRegisters(int cpu, int pid, Map<String, Long> values) {
    private static final int X86_64_PID = 32;
    private static final int X86_64_REGISTERS = 112;

    /// The registers of all CPUs that left a note; those of an architecture not handled yet have no values.
    public static List<CpuRegisters> of(Vmcore vmcore) {
        List<CpuRegisters> all = new ArrayList<>();
        for (Note note : vmcore.notes()) {
            if (note.type() == Note.NT_PRSTATUS && note.name().equals("CORE")) {
                all.add(of(all.size(), note, vmcore));
            }
        }
        return List.copyOf(all);
    }

    private static CpuRegisters of(int cpu, Note note, Vmcore vmcore) {
        Map<String, Long> values = new LinkedHashMap<>();
        long size = note.description().byteSize();
        if (vmcore.architecture() != Architecture.X86_64 || size < X86_64_REGISTERS + X86Register.SIZE) {
            return new CpuRegisters(cpu, 0, values);
        }
        ByteCursor cursor = new ByteCursor(
                vmcore.name(), note.offset(), "elf_prstatus", note.description(), ByteOrder.LITTLE_ENDIAN);
        int pid = cursor.seek(X86_64_PID).s32("pr_pid");
        cursor.seek(X86_64_REGISTERS);
        for (X86Register register : X86Register.values()) {
            values.put(register.lowerName(), cursor.u64(register.lowerName()));
        }
        return new CpuRegisters(cpu, pid, values);
    }

    /// Where the CPU was: the instruction pointer, or 0.
    public long instructionPointer() {
        return values.getOrDefault("rip", 0L);
    }
}
