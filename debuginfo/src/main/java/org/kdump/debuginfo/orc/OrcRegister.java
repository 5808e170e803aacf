package org.kdump.debuginfo.orc;

/// What the caller's stack pointer or frame pointer is counted from (`ORC_REG_*` of arch/x86/include/asm/orc_types.h),
/// in the order of their numbers.
public enum OrcRegister {
    /// Nothing: it cannot be told, or was not changed (of the frame pointer).
    UNDEFINED,
    /// The caller's stack pointer.
    PREV_SP,
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
    /// REG_SP_INDIRECT"); what `rsp` + offset points to before.
    SP_INDIRECT;

    private static final OrcRegister[] ALL = values();

    /// @param number as it stands in an entry; one that is not known tells as much as [#UNDEFINED]
    static OrcRegister of(int number) {
        return number < ALL.length ? ALL[number] : UNDEFINED;
    }
}
