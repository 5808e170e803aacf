package org.kdump.kernel.crash;

import java.util.Locale;

/// The registers of x86_64 in the order in which the kernel saves them: `struct pt_regs`
/// (arch/x86/include/asm/ptrace.h), and so those of `NT_PRSTATUS` notes too; 8 bytes each.
public enum X86Register {
    /// The first, at the lowest address.
    R15,
    /// The second.
    R14,
    /// At offset 16.
    R13,
    /// At offset 24.
    R12,
    /// At offset 32.
    RBP,
    /// At offset 40: what C functions keep as they find it ends here.
    RBX,
    /// At offset 48.
    R11,
    /// At offset 56.
    R10,
    /// At offset 64.
    R9,
    /// At offset 72.
    R8,
    /// At offset 80.
    RAX,
    /// At offset 88.
    RCX,
    /// At offset 96.
    RDX,
    /// At offset 104.
    RSI,
    /// At offset 112.
    RDI,
    /// At offset 120: the system call's number, an exception's error code, or -1.
    ORIG_RAX,
    /// At offset 128: where it was interrupted. From here on the CPU itself saves them.
    RIP,
    /// At offset 136; its lowest two bits are 3 in user mode.
    CS,
    /// At offset 144: `eflags`.
    EFLAGS,
    /// At offset 152.
    RSP,
    /// The last, at offset 160.
    SS;

    /// Bytes of all of them.
    public static final int SIZE = values().length * Long.BYTES;

    /// Its offset among them in bytes.
    public int offset() {
        return ordinal() * Long.BYTES;
    }

    /// Its name as gdb and the kernel's notes have it, in small letters.
    public String lowerName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
