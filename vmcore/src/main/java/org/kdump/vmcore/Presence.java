package org.kdump.vmcore;

/// Whether a byte of the crashed machine's memory is in its dump, and if not, why.
public enum Presence {
    /// It can be read.
    PRESENT,
    /// The dump level left it out when the dump was taken.
    EXCLUDED,
    /// It should be there, but the file is truncated or damaged.
    MISSING,
    /// The machine had no memory there.
    ABSENT
}
