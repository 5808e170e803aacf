package org.kdump.vmcore.codec;

import io.airlift.compress.v3.lzo.LzoDecompressor;
import io.airlift.compress.v3.snappy.SnappyJavaCompressor;
import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import java.util.Arrays;
import java.util.Optional;
import org.kdump.syscall.LibDeflate;

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
            case ZLIB -> zlib();
            case ZSTD -> new ZstdCompressor();
            case LZO -> new LzoCompressor();
            case SNAPPY -> new BlockCompressor(new SnappyJavaCompressor());
        };
    }

    /// Begins to load what a compressor needs, a library for one, on a thread of its own, for someone who has other
    /// things to do before the first page.
    public void prepare() {
        Thread.ofPlatform().daemon().name("codec").start(() -> {
            try {
                compressor().close();
            } catch (RuntimeException | Error unusable) {
                // Whoever makes the first compressor is told.
                return;
            }
        });
    }

    /// libdeflate's streams are no larger, and it takes a third of the time; where there is none, the JDK has a zlib.
    private static PageCompressor zlib() {
        Optional<LibDeflate> library = LibDeflate.open();
        return library.isPresent() ? new LibDeflateCompressor(library.get()) : new NativeZlibCompressor();
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
