package org.kdump.vmcore;

import java.io.IOException;
import java.util.List;

/// Writes the pages of one dump, in whatever format. Until [#finish] the file says of itself that it is incomplete, and
/// can be read as far as it goes. Used by one thread at a time.
public interface DumpWriter {
    /// Writes pages before all others, so that they are in the dump wherever it ends; each batch has higher page frame
    /// numbers than the one before. [#append] comes after.
    ///
    /// @param places how many pages of the dump come before the page at each index of the batch
    /// @return whether they are to be left out of what is appended; else they are to be appended too
    /// @throws IOException if they cannot be written
    boolean first(PageBatch batch, long[] places) throws IOException;

    /// Writes pages; each batch has higher page frame numbers than the one before.
    ///
    /// @throws IOException if they cannot be written; what was written before stays readable
    void append(PageBatch batch) throws IOException;

    /// Writes what is still owed.
    ///
    /// @param complete whether all is there; else the file stays marked incomplete
    /// @throws IOException if it cannot be written
    void finish(boolean complete) throws IOException;

    /// What the format could not say of the pages, a sentence each.
    List<String> problems();
}
