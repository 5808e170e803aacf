package org.kdump.vmcore.diskdump;

import java.util.Optional;

/// How a page is compressed.
public enum PageCodec {
    /// As it is.
    NONE(0),
    /// zlib's format (RFC 1950).
    ZLIB(DumpFlags.ZLIB),
    /// LZO1X.
    LZO(DumpFlags.LZO),
    /// snappy's raw format.
    SNAPPY(DumpFlags.SNAPPY),
    /// A Zstandard frame (RFC 8878).
    ZSTD(DumpFlags.ZSTD);

    private static final int ALL = DumpFlags.ZLIB | DumpFlags.LZO | DumpFlags.SNAPPY | DumpFlags.ZSTD;

    private final int flag;

    PageCodec(int flag) {
        this.flag = flag;
    }

    /// Its bit of [DumpFlags], 0 for none.
    public int flag() {
        return flag;
    }

    /// The codec that `page_desc.flags` names; empty where they name two.
    static Optional<PageCodec> of(int flags) {
        for (PageCodec codec : values()) {
            if (codec.flag == (flags & ALL)) {
                return Optional.of(codec);
            }
        }
        return Optional.empty();
    }
}
