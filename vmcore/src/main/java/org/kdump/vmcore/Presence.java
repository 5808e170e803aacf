package org.kdump.vmcore;

/// Whether a dump holds the memory at a physical address, and if not, why.
public enum Presence {
    /// The dump holds it.
    PRESENT,
    /// The machine had it, and the dump level left it out.
    EXCLUDED,
    /// The dump should hold it and does not: the file is truncated, damaged, incomplete or one part of several.
    MISSING,
    /// The machine had no memory there.
    ABSENT
}
