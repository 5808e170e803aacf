package org.kdump.qemu;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/// How an initramfs is compressed (usr/Kconfig `RD_ZSTD`, `RD_GZIP`).
public enum InitramfsCompression {
    /// One zstd frame. The kernel unpacks it since commit a30d8a39f057 (in 5.9), if built with `CONFIG_RD_ZSTD`.
    ZSTD,
    /// gzip, which every distribution's kernel unpacks.
    GZIP,
    /// Not at all.
    NONE;

    // Level 19 is the last whose window (8 MiB) a small capture kernel can spare while it unpacks.
    private static final int HIGHEST_ZSTD = 19;

    /// The best that a kernel can unpack.
    ///
    /// @param config its build configuration
    /// @throws IOException if that cannot be read
    public static InitramfsCompression bestFor(Path config) throws IOException {
        return Files.readAllLines(config).contains("CONFIG_RD_ZSTD=y") ? ZSTD : GZIP;
    }

    /// A stream that compresses.
    ///
    /// @param level 1 to 19 for zstd, 1 to 9 for gzip; what is too high is taken as the highest
    /// @param out where it goes; closed with the stream
    /// @throws IOException if that fails
    OutputStream over(OutputStream out, int level) throws IOException {
        return switch (this) {
            case ZSTD ->
                new ZstdOutputStream(out)
                        .setLevel(Math.min(level, HIGHEST_ZSTD))
                        .setWorkers(Runtime.getRuntime().availableProcessors());
            case GZIP -> new LevelledGzip(out, Math.min(level, Deflater.BEST_COMPRESSION));
            case NONE -> out;
        };
    }

    private static final class LevelledGzip extends GZIPOutputStream {
        LevelledGzip(OutputStream out, int level) throws IOException {
            super(out, 1 << 16);
            def.setLevel(level);
        }
    }
}
