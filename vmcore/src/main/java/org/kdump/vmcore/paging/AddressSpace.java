package org.kdump.vmcore.paging;

import java.io.IOException;

/// Virtual addresses as one set of page tables maps them. Safe for use by several threads.
public interface AddressSpace {
    /// Where `virtualAddress` lies in physical memory.
    ///
    /// @throws IOException if the dump cannot be read
    Translation translate(long virtualAddress) throws IOException;
}
