package org.kdump.kexec.purgatory;

/// What a conditional jump asks of the flags; for numbers, unsigned.
enum Condition {
    BELOW(2),
    ABOVE_OR_EQUAL(3),
    ZERO(4),
    NOT_ZERO(5);

    private final int code;

    Condition(int code) {
        this.code = code;
    }

    /// The low four bits of the `Jcc` opcode.
    int code() {
        return code;
    }
}
