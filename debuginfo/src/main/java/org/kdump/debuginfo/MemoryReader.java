package org.kdump.debuginfo;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// A kernel's memory, read by virtual address.
@FunctionalInterface
public interface MemoryReader {
    /// Reads from `address` on until `target` is full or a byte cannot be had.
    ///
    /// @return the number of bytes read
    /// @throws IOException if the dump cannot be read
    long read(long address, MemorySegment target) throws IOException;
}
