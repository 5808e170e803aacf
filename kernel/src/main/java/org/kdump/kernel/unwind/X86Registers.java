package org.kdump.kernel.unwind;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.elf.Numbers;
import org.kdump.kernel.crash.CpuRegisters;
import org.kdump.kernel.crash.X86Register;

/// The registers of an x86_64 CPU, or as many of them as are known. Immutable.
public final class X86Registers {
    /// Where the part of `struct pt_regs` begins that the CPU saves itself: `ip`, `cs`, `flags`, `sp`, `ss`.
    static final int INTERRUPT_FRAME = X86Register.RIP.offset();

    private static final int USER_MODE = 3;

    private final long[] values;
    private final int firstKnown;

    private X86Registers(long[] values, int firstKnown) {
        this.values = values;
        this.firstKnown = firstKnown;
    }

    /// All registers.
    ///
    /// @param bytes a `struct pt_regs`
    static X86Registers of(MemorySegment bytes) {
        long[] values = new long[X86Register.values().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = Numbers.s64(bytes, (long) i * Long.BYTES, ByteOrder.LITTLE_ENDIAN);
        }
        return new X86Registers(values, 0);
    }

    /// All registers, in their order.
    static X86Registers of(long[] values) {
        return new X86Registers(values.clone(), 0);
    }

    /// Those that a CPU left in its note; empty if it left none.
    static Optional<X86Registers> of(CpuRegisters cpu) {
        Map<String, Long> named = cpu.values();
        long[] values = new long[X86Register.values().length];
        boolean any = false;
        for (X86Register register : X86Register.values()) {
            values[register.ordinal()] = named.getOrDefault(register.lowerName(), 0L);
            any |= values[register.ordinal()] != 0;
        }
        return any ? Optional.of(new X86Registers(values, 0)) : Optional.empty();
    }

    /// What an interrupt frame tells, with the others as they were: the code in between changed none of them.
    ///
    /// @param frame the last five members of a `struct pt_regs`
    /// @param others the registers that were found just before; empty if none
    static X86Registers of(MemorySegment frame, Optional<X86Registers> others) {
        long[] values = new long[X86Register.values().length];
        others.ifPresent(known -> System.arraycopy(known.values, 0, values, 0, values.length));
        for (int i = X86Register.RIP.ordinal(); i < values.length; i++) {
            values[i] = Numbers.s64(frame, (long) i * Long.BYTES - INTERRUPT_FRAME, ByteOrder.LITTLE_ENDIAN);
        }
        return new X86Registers(values, others.map(known -> known.firstKnown).orElse(X86Register.RIP.ordinal()));
    }

    /// The value of a register; empty if it is not known.
    public OptionalLong find(X86Register register) {
        return register.ordinal() < firstKnown ? OptionalLong.empty() : OptionalLong.of(values[register.ordinal()]);
    }

    /// The instruction pointer.
    public long instruction() {
        return values[X86Register.RIP.ordinal()];
    }

    /// The stack pointer.
    public long stackPointer() {
        return values[X86Register.RSP.ordinal()];
    }

    /// Whether all of them are known.
    public boolean isComplete() {
        return firstKnown == 0;
    }

    /// Whether the CPU was in user mode.
    public boolean isUser() {
        return (values[X86Register.CS.ordinal()] & USER_MODE) == USER_MODE;
    }
}
