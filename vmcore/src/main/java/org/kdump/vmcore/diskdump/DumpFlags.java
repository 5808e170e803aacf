package org.kdump.vmcore.diskdump;

/// Bits of `disk_dump_header.status`, some of them also of `page_desc.flags` (makedumpfile's diskdump_mod.h; crash's
/// diskdump.h).
public final class DumpFlags {
    /// Pages are compressed by zlib.
    public static final int ZLIB = 0x1;
    /// Pages are compressed by LZO1X.
    public static final int LZO = 0x2;
    /// Pages are compressed by snappy.
    public static final int SNAPPY = 0x4;
    /// The dump was not finished.
    public static final int INCOMPLETE = 0x8;
    /// Pages of the vmemmap that described pages left out were left out themselves.
    public static final int EXCLUDED_VMEMMAP = 0x10;
    /// Pages are compressed by Zstandard.
    public static final int ZSTD = 0x20;

    private DumpFlags() {}
}
