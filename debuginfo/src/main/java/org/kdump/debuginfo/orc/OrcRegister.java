package org.kdump.debuginfo.orc;

/// What the caller's stack pointer or frame pointer is counted from (`ORC_REG_*`); [OrcNumbers] has the numbers.
public enum OrcRegister {
    /// Nothing: it cannot be told, or was not changed (of the frame pointer).
    UNDEFINED,
    /// The caller's stack pointer.
    PREV_SP,
    /// `rax`.
    AX,
    /// `rdx`.
    DX,
    /// `rdi`.
    DI,
    /// `rbp`.
    BP,
    /// `rsp`.
    SP,
    /// `r10`.
    R10,
    /// `r13`.
    R13,
    /// What `rbp` + offset points to.
    BP_INDIRECT,
    /// What `rsp` points to, + offset, since Linux 5.12 (commit 87ccc826bf1c, "x86/unwind/orc: Change
    /// REG_SP_INDIRECT"); no kernel used it before.
    SP_INDIRECT
}
