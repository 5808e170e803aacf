package org.kdump.kernel.unwind;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.debuginfo.kallsyms.SymbolPlace;
import org.kdump.kernel.crash.X86Register;

/// Registers on a stack that look as if an exception, an interrupt or a system call had saved them: a
/// `struct pt_regs` whose segments are the kernel's or user space's, and whose addresses go with them. It may
/// be stale.
///
/// @param address where it is
/// @param registers what it holds
/// @param place the function of the kernel that was interrupted; empty for user mode
public record ExceptionFrame(long address, X86Registers registers, Optional<SymbolPlace> place) {
    /// Selectors of arch/x86/include/asm/segment.h.
    private static final int KERNEL_CODE = 0x10;

    private static final int KERNEL_DATA = 0x18;
    private static final int USER_CODE = 0x33;
    private static final int USER_CODE_32 = 0x23;
    private static final int USER_DATA = 0x2b;
    /// Of `flags`: the second bit is always set, and above the 21st none.
    private static final long ALWAYS = 2;

    private static final int FLAG_BITS = 22;

    /// Those on a part of a stack, by their address.
    ///
    /// @throws IOException if the dump cannot be read
    public static List<ExceptionFrame> on(StackContents stack, long low, long high) throws IOException {
        int size = X86Register.values().length;
        List<ExceptionFrame> found = new ArrayList<>();
        for (long at = low; at + (long) size * Long.BYTES <= high; at += Long.BYTES) {
            Optional<X86Registers> registers = read(stack, at);
            if (registers.isPresent()) {
                Optional<SymbolPlace> place = registers.get().isUser()
                        ? Optional.empty()
                        : stack.function(registers.get().instruction());
                if (registers.get().isUser() || place.isPresent()) {
                    found.add(new ExceptionFrame(at, registers.get(), place));
                }
            }
        }
        return found;
    }

    private static Optional<X86Registers> read(StackContents stack, long at) throws IOException {
        // Most words are no segment: this one decides, and is read first.
        OptionalLong code = stack.word(at + X86Register.CS.offset());
        if (code.isEmpty() || !isCode(code.getAsLong())) {
            return Optional.empty();
        }
        long[] values = new long[X86Register.values().length];
        for (int i = 0; i < values.length; i++) {
            OptionalLong word = stack.word(at + (long) i * Long.BYTES);
            if (word.isEmpty()) {
                return Optional.empty();
            }
            values[i] = word.getAsLong();
        }
        return isSound(values) ? Optional.of(X86Registers.of(values)) : Optional.empty();
    }

    private static boolean isCode(long segment) {
        return segment == KERNEL_CODE || segment == USER_CODE || segment == USER_CODE_32;
    }

    private static boolean isSound(long[] values) {
        boolean kernel = values[X86Register.CS.ordinal()] == KERNEL_CODE;
        long data = values[X86Register.SS.ordinal()];
        long flags = values[X86Register.EFLAGS.ordinal()];
        boolean segments = kernel ? data == KERNEL_DATA || data == 0 : data == USER_DATA;
        boolean addresses = values[X86Register.RIP.ordinal()] < 0 == kernel
                && values[X86Register.RSP.ordinal()] < 0 == kernel
                && values[X86Register.RSP.ordinal()] != 0;
        return segments && addresses && (flags & ALWAYS) != 0 && flags >>> FLAG_BITS == 0;
    }

    /// Its lines, as `bt` prints registers.
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("  %s-MODE EXCEPTION FRAME AT: %016x".formatted(registers.isUser() ? "USER" : "KERNEL", address));
        place.ifPresent(
                found -> lines.add("    [exception RIP: " + found.symbol().name() + "+" + found.offset() + "]"));
        lines.addAll(BacktraceText.registers(registers));
        return lines;
    }
}
