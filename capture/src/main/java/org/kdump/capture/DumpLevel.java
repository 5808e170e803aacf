package org.kdump.capture;

import java.util.ArrayList;
import java.util.List;

/// What a dump leaves out, a bit each: makedumpfile's `-d`.
///
/// | bit | leaves out |
/// | --- | --- |
/// | 1 | pages of zeroes |
/// | 2 | page cache that no file system holds data on (non-private) |
/// | 4 | page cache that one does (private) |
/// | 8 | memory of processes |
/// | 16 | free pages |
///
/// Levels 0, 1, 16 and 17 are handled. Any other is refused: a level that is passed over would make a dump that is
/// larger than its reservation of disk, or one that is believed to hold less than it does.
///
/// @param bits 0 to 31
public record DumpLevel(int bits) {
    /// Everything.
    public static final DumpLevel EVERYTHING = new DumpLevel(0);

    private static final int ZERO = 1;
    private static final int FREE = 16;
    private static final int ALL = 31;
    private static final int HANDLED = ZERO | FREE;
    private static final List<String> NAMES = List.of("zero", "cache", "private cache", "user", "free");

    /// @throws IllegalArgumentException if it is not handled; the message is a line for the user
    public DumpLevel {
        if (bits < 0 || bits > ALL) {
            throw new IllegalArgumentException("dump level " + bits + " is not one of 0 to " + ALL);
        }
        if ((bits & ~HANDLED) != 0) {
            throw new IllegalArgumentException("dump level " + bits + " is not handled yet, for it leaves out "
                    + names(bits & ~HANDLED) + " pages; the levels handled are 0 (everything), 1 (no zero pages),"
                    + " 16 (no free pages) and 17 (neither)");
        }
    }

    /// Reads what a user typed.
    ///
    /// @throws IllegalArgumentException if it is no level, or one that is not handled
    public static DumpLevel of(String text) {
        try {
            return new DumpLevel(Integer.parseInt(text));
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException("dump level '" + text + "' is not a number from 0 to " + ALL);
        }
    }

    private static String names(int bits) {
        List<String> names = new ArrayList<>();
        for (int bit = 0; bit < NAMES.size(); bit++) {
            if ((bits >> bit & 1) != 0) {
                names.add(NAMES.get(bit));
            }
        }
        return String.join(", ", names);
    }

    /// Whether pages of zeroes are left out.
    public boolean excludesZero() {
        return (bits & ZERO) != 0;
    }

    /// Whether free pages are left out.
    public boolean excludesFree() {
        return (bits & FREE) != 0;
    }

    /// The level that keeps free pages and is else the same.
    DumpLevel withFree() {
        return new DumpLevel(bits & ~FREE);
    }
}
