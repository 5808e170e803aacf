package org.kdump.kexec.purgatory;

/// A run of physical memory whose bytes purgatory hashes.
///
/// @param start physical address
/// @param length in bytes, 0 or more
public record Region(long start, long length) {
    /// @throws IllegalArgumentException if it is negative or wraps around
    public Region {
        if (start < 0 || length < 0 || start > Long.MAX_VALUE - length) {
            throw new IllegalArgumentException(
                    "no region: start 0x" + Long.toHexString(start) + ", length 0x" + Long.toHexString(length));
        }
    }
}
