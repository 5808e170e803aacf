package org.kdump.vmcore.diskdump;

/// `struct page_desc`: where a page stands (makedumpfile's diskdump_mod.h).
///
/// ```
/// 0  offset 8 (bytes from the file's start)    8  size 4    12  flags 4 (DumpFlags; 0: as it is)    16  page_flags 8
/// ```
public final class PageDescriptor {
    /// Bytes of the structure.
    public static final int SIZE = 24;
    /// Where `offset` stands in it.
    public static final int OFFSET = 0;
    /// Where `size` stands in it.
    public static final int LENGTH = 8;
    /// Where `flags` stands in it.
    public static final int FLAGS = 12;

    private PageDescriptor() {}
}
