package org.kdump.kexec.image;

/// Where in physical memory a kernel can lie.
///
/// @param lowest the lowest address it can be loaded at, or if `fixed`, the only one
/// @param alignment what its address must be a multiple of, a power of two
/// @param end the address that it must end at or below
/// @param fixed whether it can lie at one address alone
public record Placement(long lowest, long alignment, long end, boolean fixed) {
    /// Where 32-bit addresses end.
    public static final long FOUR_GIB = 1L << 32;

    /// All of memory.
    public static final long ANYWHERE = Long.MAX_VALUE;

    /// The pages of the machine, in bytes.
    static final long PAGE_SIZE = 4096;

    /// One address alone.
    static Placement at(long address) {
        return new Placement(address, PAGE_SIZE, ANYWHERE, true);
    }

    /// Any multiple of `alignment` from `lowest` on.
    static Placement from(long lowest, long alignment) {
        return new Placement(lowest, alignment, ANYWHERE, false);
    }

    /// The same, ending there or earlier.
    Placement below(long other) {
        return new Placement(lowest, alignment, Math.min(end, other), fixed);
    }
}
