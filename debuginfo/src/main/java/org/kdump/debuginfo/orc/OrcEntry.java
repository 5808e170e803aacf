package org.kdump.debuginfo.orc;

/// How to get from one frame to its caller's, at a range of instructions; the same for each layout of the kernel's
/// `struct orc_entry`.
///
/// @param kind what the frame is
/// @param stackRegister what the caller's stack pointer is counted from
/// @param stackOffset bytes to be added to it
/// @param frameRegister where the caller's `rbp` is counted from; `UNDEFINED` if it still is in `rbp`
/// @param frameOffset bytes to be added to it
/// @param signal whether the frame was interrupted, so that its address is that of the instruction and not of the next
public record OrcEntry(
        Kind kind,
        OrcRegister stackRegister,
        int stackOffset,
        OrcRegister frameRegister,
        int frameOffset,
        boolean signal) {
    /// What a frame is (`ORC_TYPE_*`, since Linux 6.4), in the order of their numbers.
    public enum Kind {
        /// It cannot be told.
        UNDEFINED,
        /// The last one.
        END_OF_STACK,
        /// A call: the return address is just below the caller's stack pointer.
        CALL,
        /// A `struct pt_regs` is at the stack pointer.
        REGS,
        /// The last members of a `struct pt_regs` are at the stack pointer: `ip`, `cs`, `flags`, `sp`, `ss`.
        REGS_PARTIAL
    }
}
