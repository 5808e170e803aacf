package org.kdump.capture;

/// makedumpfile's dump level: which classes of pages a dump leaves out (makedumpfile(8), `-d`).
///
/// @param bits the sum of [#ZERO] and the others
public record DumpLevel(int bits) {
    /// Pages of zeroes.
    public static final int ZERO = 1;
    /// Page cache that is not private.
    public static final int CACHE = 2;
    /// Private page cache.
    public static final int PRIVATE_CACHE = 4;
    /// User data.
    public static final int USER = 8;
    /// Free pages.
    public static final int FREE = 16;

    private static final int ALL = 31;
    private static final int HANDLED = ZERO | FREE;

    /// @throws IllegalArgumentException if a level is not one of makedumpfile's, or not handled yet
    public DumpLevel {
        if ((bits & ~ALL) != 0) {
            throw new IllegalArgumentException("dump level " + bits + " is none of 0 to 31");
        }
        if ((bits & ~HANDLED) != 0) {
            throw new IllegalArgumentException(
                    "dump level " + bits + " is not handled yet: 0 (everything), 1 (no zero pages),"
                            + " 16 (no free pages) and 17 (neither) are");
        }
    }

    /// Whether pages of zeroes are left out.
    public boolean withoutZero() {
        return (bits & ZERO) != 0;
    }

    /// Whether free pages are left out.
    public boolean withoutFree() {
        return (bits & FREE) != 0;
    }

    /// The level without free pages' bit, for a dump whose free pages cannot be told.
    DumpLevel keepingFree() {
        return new DumpLevel(bits & ~FREE);
    }
}
