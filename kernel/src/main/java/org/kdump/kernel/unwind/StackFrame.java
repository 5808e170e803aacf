package org.kdump.kernel.unwind;

import java.util.Optional;
import org.kdump.debuginfo.kallsyms.SymbolPlace;

/// A frame of a stack.
///
/// @param address the address of its code: where it goes on after its call, or where it was interrupted
/// @param slot where on the stack that address was found; if it was interrupted, what its stack pointer was
/// @param place the function that it is in, and how far; empty if no symbol is known there
/// @param origin how it was found
/// @param interrupted whether it was interrupted there, and did not call
/// @param saved the registers that it saved of the code that it interrupted, or of user mode; empty if it was called
/// @param stack the stack that it is on: empty for the task's own, else `IRQ`, `NMI exception` and so on
public record StackFrame(
        long address,
        long slot,
        Optional<SymbolPlace> place,
        Origin origin,
        boolean interrupted,
        Optional<X86Registers> saved,
        String stack) {
    /// How a frame was found.
    public enum Origin {
        /// By registers, or by the unwind table of the frame that it called.
        CERTAIN,
        /// By a search of the stack: what was found first is behind a call of the very function that it leads on from.
        CALL,
        /// By `rbp`, since there is no unwind table for the code that it called: a BPF program's, or that of a kernel
        /// built without ORC.
        FRAME_POINTER,
        /// By a search of the stack for what looks like a return address: it may be left over from earlier.
        SEARCH
    }

    /// Whether this frame may be none.
    public boolean isGuess() {
        return origin == Origin.FRAME_POINTER || origin == Origin.SEARCH;
    }

    /// The name of the function; empty if it is not known.
    public String function() {
        return place.map(found -> found.symbol().name()).orElse("");
    }

    /// The name of the module that the function is in; empty for the kernel itself.
    public String module() {
        return place.map(SymbolPlace::module).orElse("");
    }

    /// How far in the function the address is, in bytes; 0 if the function is not known.
    public long offset() {
        return place.map(SymbolPlace::offset).orElse(0L);
    }
}
