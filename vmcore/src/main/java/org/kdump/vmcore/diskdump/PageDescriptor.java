package org.kdump.vmcore.diskdump;

import org.kdump.elf.ByteCursor;
import org.kdump.elf.ByteSink;

/// Where a page's data stands, `struct page_desc` (makedumpfile's diskdump_mod.h); in the dumped machine's byte order.
///
/// ```
///  0  offset      8   bytes from the file's start
///  8  size        4   bytes, compressed
/// 12  flags       4   the page's codec, as in the file's status; 0 for a page stored as it is
/// 16  page_flags  8   not used
/// ```
///
/// A descriptor of zeroes is a page that the writer did not come to. Several descriptors may name the same data: all
/// pages of zeroes do.
///
/// @param offset `offset` in bytes
/// @param size `size` in bytes, unsigned 32 bits
/// @param flags `flags`
/// @param pageFlags `page_flags`
public record PageDescriptor(long offset, long size, int flags, long pageFlags) {
    /// Bytes on disk.
    public static final int SIZE = 24;

    /// That of a page that the writer did not come to, or could not read.
    public static final PageDescriptor NONE = new PageDescriptor(0, 0, 0, 0);

    /// Reads it at the cursor, without judging the values.
    public static PageDescriptor read(ByteCursor cursor) {
        return new PageDescriptor(
                cursor.u64("offset"), cursor.u32("size"), cursor.s32("flags"), cursor.u64("page_flags"));
    }

    /// Writes it, [#SIZE] bytes.
    public void write(ByteSink sink) {
        sink.u64(offset).u32(size).u32(flags).u64(pageFlags);
    }
}
