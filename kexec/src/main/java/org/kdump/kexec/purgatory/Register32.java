package org.kdump.kexec.purgatory;

/// The low halves of the general-purpose registers; writing one clears the high half. In the order of their numbers.
enum Register32 implements Register {
    EAX,
    ECX,
    EDX,
    EBX,
    ESP,
    EBP,
    ESI,
    EDI,
    R8D,
    R9D,
    R10D,
    R11D,
    R12D,
    R13D,
    R14D,
    R15D;

    @Override
    public boolean wide() {
        return false;
    }

    /// The whole register that this is the low half of.
    Register64 whole() {
        return Register64.values()[ordinal()];
    }
}
