package org.kdump.kernel.unwind;

import java.util.Optional;
import org.kdump.kernel.crash.X86Register;

/// Where an unwinder stands: the registers as they were in one frame, as far as they are known.
///
/// @param instruction the return address, or where it was interrupted
/// @param stackPointer what `rsp` was
/// @param framePointer what `rbp` was
/// @param interrupted whether `instruction` is where it was interrupted, and not behind a call
/// @param registers all of them, where it was interrupted
/// @param slot where `instruction` was found; in an interrupted frame the same as `stackPointer`
record X86State(
        long instruction,
        long stackPointer,
        long framePointer,
        boolean interrupted,
        Optional<X86Registers> registers,
        long slot) {
    /// Behind a call.
    static X86State called(long instruction, long stackPointer, long framePointer) {
        return new X86State(
                instruction, stackPointer, framePointer, false, Optional.empty(), stackPointer - Long.BYTES);
    }

    /// Where registers were saved.
    ///
    /// @param framePointer what `rbp` was, should the registers not tell
    static X86State interrupted(X86Registers registers, long framePointer) {
        return new X86State(
                registers.instruction(),
                registers.stackPointer(),
                registers.find(X86Register.RBP).orElse(framePointer),
                true,
                Optional.of(registers),
                registers.stackPointer());
    }

    /// The same with what else the unwind table tells.
    X86State with(long otherFramePointer, boolean otherInterrupted) {
        return new X86State(instruction, stackPointer, otherFramePointer, otherInterrupted, registers, slot);
    }

    /// The address whose function the frame is in: behind a call that never returns another function may begin.
    long place() {
        return interrupted ? instruction : instruction - 1;
    }

    /// Whether this is user mode.
    boolean isUser() {
        return registers.isPresent() && registers.get().isUser();
    }
}
