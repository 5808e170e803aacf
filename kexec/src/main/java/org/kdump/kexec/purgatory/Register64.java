package org.kdump.kexec.purgatory;

/// The general-purpose registers, in the order of their numbers.
enum Register64 implements Register {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP,
    RSI,
    RDI,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15;

    @Override
    public boolean wide() {
        return true;
    }
}
