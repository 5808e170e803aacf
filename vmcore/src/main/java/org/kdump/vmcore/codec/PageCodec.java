package org.kdump.vmcore.codec;

import java.util.Optional;

/// How a page is compressed in a kdump-compressed dump: `page_desc.flags`, and `status` of the file's header
/// (makedumpfile's diskdump_mod.h).
public enum PageCodec {
    /// Stored as it is.
    NONE(0, "none"),
    /// zlib stream, RFC 1950.
    ZLIB(0x1, "zlib"),
    /// LZO1X; not built in yet.
    LZO(0x2, "lzo"),
    /// Snappy, raw block; not built in yet.
    SNAPPY(0x4, "snappy"),
    /// Zstandard frame, RFC 8878.
    ZSTD(0x20, "zstd");

    /// Every codec's bit.
    private static final int ALL = 0x1 | 0x2 | 0x4 | 0x20;

    private final int flag;
    private final String label;

    PageCodec(int flag, String label) {
        this.flag = flag;
        this.label = label;
    }

    /// The codec of a page with these `page_desc.flags`; empty if they name none, or more than one.
    public static Optional<PageCodec> ofFlags(int flags) {
        for (PageCodec codec : values()) {
            if (codec.flag == (flags & ALL)) {
                return Optional.of(codec);
            }
        }
        return Optional.empty();
    }

    /// Its bit, `DUMP_DH_COMPRESSED_…`; 0 for [#NONE].
    public int flag() {
        return flag;
    }

    /// Its name for users: `zlib`.
    public String label() {
        return label;
    }

    /// Whether this program can compress and decompress it.
    public boolean isAvailable() {
        return switch (this) {
            case NONE, ZLIB, ZSTD -> true;
            case LZO, SNAPPY -> false;
        };
    }

    /// A compressor at the level that compresses fastest.
    ///
    /// @throws UnsupportedOperationException if the codec is not built in
    public PageCompressor compressor() {
        return compressor(1);
    }

    /// A compressor, to be used by one thread at a time and closed.
    ///
    /// @param level of zstd; 1 is fast; the others have none and take any
    /// @throws UnsupportedOperationException if the codec is not built in
    public PageCompressor compressor(int level) {
        return switch (this) {
            case NONE -> new StoredPages();
            case ZLIB -> new ZlibCompressor();
            case ZSTD -> new ZstdCompressor(level);
            case LZO, SNAPPY -> throw missing();
        };
    }

    /// A decompressor, to be used by one thread at a time and closed.
    ///
    /// @throws UnsupportedOperationException if the codec is not built in
    public PageDecompressor decompressor() {
        return switch (this) {
            case NONE -> new StoredPages();
            case ZLIB -> new ZlibDecompressor();
            case ZSTD -> new ZstdDecompressor();
            case LZO, SNAPPY -> throw missing();
        };
    }

    private UnsupportedOperationException missing() {
        return new UnsupportedOperationException("pages compressed with " + label
                + " cannot be handled: that codec is not built in yet; convert the dump with makedumpfile first");
    }
}
