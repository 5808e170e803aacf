package org.kdump.vmcore.paging;

/// What became of a virtual address.
public sealed interface Translation {
    /// It is mapped.
    ///
    /// @param physicalAddress of the same byte
    /// @param remaining bytes from there to the end of the mapping's page, at least 1
    record Mapped(long physicalAddress, long remaining) implements Translation {}

    /// It is not.
    ///
    /// @param reason why, in words
    record Unmapped(String reason) implements Translation {}
}
