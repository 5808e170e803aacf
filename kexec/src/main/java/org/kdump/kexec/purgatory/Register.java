package org.kdump.kexec.purgatory;

/// A general-purpose register under a name that tells its width.
sealed interface Register permits Register32, Register64 {
    /// Its number, 0 to 15, as ModRM, SIB and REX spell it.
    int ordinal();

    /// Whether an instruction on it needs `REX.W`.
    boolean wide();
}
