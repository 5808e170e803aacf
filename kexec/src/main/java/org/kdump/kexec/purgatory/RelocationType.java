package org.kdump.kexec.purgatory;

/// The relocations of the x86-64 psABI (table 4.9) that static, non-position-independent code needs.
enum RelocationType {
    /// 8 bytes, S + A.
    R_X86_64_64(1, 8),
    /// 4 bytes, S + A - P, signed.
    R_X86_64_PC32(2, 4),
    /// The same, for calls: with nothing shared, a procedure linkage table is not needed.
    R_X86_64_PLT32(4, 4),
    /// 4 bytes, S + A, unsigned.
    R_X86_64_32(10, 4),
    /// 4 bytes, S + A, signed.
    R_X86_64_32S(11, 4);

    private final int code;
    private final int size;

    RelocationType(int code, int size) {
        this.code = code;
        this.size = size;
    }

    /// The type's number in `r_info`.
    int code() {
        return code;
    }

    /// Bytes that are patched.
    int size() {
        return size;
    }

    /// What is stored.
    ///
    /// @param target S + A
    /// @param place P, the address that is patched
    long value(long target, long place) {
        return switch (this) {
            case R_X86_64_64, R_X86_64_32, R_X86_64_32S -> target;
            case R_X86_64_PC32, R_X86_64_PLT32 -> target - place;
        };
    }

    /// Whether a value survives being stored.
    boolean holds(long value) {
        return switch (this) {
            case R_X86_64_64 -> true;
            case R_X86_64_32 -> value >>> 32 == 0;
            case R_X86_64_PC32, R_X86_64_PLT32, R_X86_64_32S -> value == (int) value;
        };
    }
}
