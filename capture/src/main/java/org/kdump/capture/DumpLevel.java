package org.kdump.capture;

/// What a dump leaves out, a bit each: makedumpfile's `-d`.
///
/// | bit | leaves out |
/// | --- | --- |
/// | 1 | pages of zeroes |
/// | 2 | page cache that no file system holds data on (non-private) |
/// | 4 | all page cache |
/// | 8 | memory of processes |
/// | 16 | free pages |
///
/// @param bits 0 to 31
public record DumpLevel(int bits) {
    /// Everything.
    public static final DumpLevel EVERYTHING = new DumpLevel(0);

    private static final int ALL = 31;

    /// @throws IllegalArgumentException if there is no such level; the message is a line for the user
    public DumpLevel {
        if (bits < 0 || bits > ALL) {
            throw new IllegalArgumentException("dump level " + bits + " is not one of 0 to " + ALL);
        }
    }

    /// Reads what a user typed.
    ///
    /// @throws IllegalArgumentException if it is no level
    public static DumpLevel of(String text) {
        try {
            return new DumpLevel(Integer.parseInt(text));
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException("dump level '" + text + "' is not a number from 0 to " + ALL);
        }
    }

    /// Whether pages of a class are left out; those that are written never are.
    public boolean excludes(PageClass what) {
        return what.levelBits() == ~0 || (bits & what.levelBits()) != 0;
    }

    /// Whether pages are left out for what the mem_map tells of them.
    boolean excludesClassified() {
        return (bits & ~PageClass.ZERO.levelBits()) != 0;
    }

    /// The level that keeps the pages of a class and is else the same.
    DumpLevel with(PageClass what) {
        return what.levelBits() == ~0 ? this : new DumpLevel(bits & ~what.levelBits());
    }
}
