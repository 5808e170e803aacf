package org.kdump.vmcore.codec;

import io.airlift.compress.v3.lzo.LzoDecompressor;
import io.airlift.compress.v3.snappy.SnappyJavaCompressor;
import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import java.util.Arrays;
import java.util.Optional;

/// How a page is compressed in a kdump-compressed dump: `page_desc.flags`, and `status` of the file's header
/// (makedumpfile's diskdump_mod.h).
public enum PageCodec {
    /// Stored as it is.
    NONE(0, "none"),
    /// zlib stream, RFC 1950.
    ZLIB(0x1, "zlib"),
    /// LZO1X, one block without a header, as liblzo2's `lzo1x_1_compress` makes it.
    LZO(0x2, "lzo"),
    /// Snappy, raw block.
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

    /// The codec of that name, as [#label] has it; empty if there is none.
    public static Optional<PageCodec> ofLabel(String label) {
        return Arrays.stream(values())
                .filter(codec -> codec.label.equals(label))
                .findFirst();
    }

    /// Its bit, `DUMP_DH_COMPRESSED_…`; 0 for [#NONE].
    public int flag() {
        return flag;
    }

    /// Its name for users: `zlib`.
    public String label() {
        return label;
    }

    /// A compressor, to be used by one thread at a time and closed.
    public PageCompressor compressor() {
        return switch (this) {
            case NONE -> new StoredPages();
            case ZLIB -> new NativeZlibCompressor();
            case ZSTD -> new ZstdCompressor();
            case LZO -> new LzoCompressor();
            case SNAPPY -> new BlockCompressor(new SnappyJavaCompressor());
        };
    }

    /// A decompressor, to be used by one thread at a time and closed.
    public PageDecompressor decompressor() {
        return switch (this) {
            case NONE -> new StoredPages();
            case ZLIB -> new ZlibDecompressor();
            case ZSTD -> new ZstdDecompressor();
            case LZO -> new BlockDecompressor(label, new LzoDecompressor());
            case SNAPPY -> new BlockDecompressor(label, new SnappyJavaDecompressor());
        };
    }
}
