package org.kdump.vmcore.paging;

import java.io.IOException;
import java.util.List;

/// Virtual addresses as one set of page tables maps them. Safe for use by several threads.
public interface AddressSpace {
    /// Where `virtualAddress` lies in physical memory.
    ///
    /// @throws IOException if the dump cannot be read
    Translation translate(long virtualAddress) throws IOException;

    /// The entries that a translation goes by, from the top table to the one that maps the page or is not
    /// there; none
    /// if this space has no page tables.
    ///
    /// @throws IOException if the dump cannot be read
    default List<TableEntry> walk(long virtualAddress) throws IOException {
        return List.of();
    }
}
