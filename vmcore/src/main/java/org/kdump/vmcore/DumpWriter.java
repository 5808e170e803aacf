package org.kdump.vmcore;

import java.io.IOException;
import java.util.List;

/// Writes the pages of one dump, in whatever format. Until [#finish] the file says of itself that it is incomplete, and
/// can be read as far as it goes. Used by one thread at a time.
public interface DumpWriter {
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
