package org.kdump.capture;

import org.kdump.vmcore.codec.PageCodec;

/// How a dump is to be taken.
///
/// @param level what is left out
/// @param format of the file
/// @param codec of pages in the kdump format; the ELF format has none, and does not look at it
/// @param threads that compress, 1 or more; the dump is the same with any number
/// @param force whether a target that is already there is replaced, and so is an incomplete one beside it
/// @param rules what else decides on pages
/// @param memory bytes for the pages on their way and for what is remembered of each, whatever the machine
///     has; 3 MiB
///     for each thread keep all of them busy
public record CaptureRequest(
        DumpLevel level, DumpFormat format, PageCodec codec, int threads, boolean force, PageRules rules, long memory) {
    /// 24 MiB.
    public static final long STANDARD_MEMORY = 24 << 20;

    private static final int MOST_THREADS = 1024;

    /// @throws IllegalArgumentException if the number of threads makes no sense
    public CaptureRequest {
        if (memory < 1) {
            throw new IllegalArgumentException("a buffer of " + memory + " bytes makes no sense");
        }
        if (threads < 1 || threads > MOST_THREADS) {
            throw new IllegalArgumentException(threads + " threads is not from 1 to " + MOST_THREADS);
        }
    }

    /// With no rules but the level.
    public CaptureRequest(DumpLevel level, DumpFormat format, PageCodec codec, int threads, boolean force) {
        this(level, format, codec, threads, force, PageRules.NONE, STANDARD_MEMORY);
    }

    /// The same with other rules.
    public CaptureRequest with(PageRules other) {
        return new CaptureRequest(level, format, codec, threads, force, other, memory);
    }

    /// The same with another amount of memory, in bytes.
    public CaptureRequest withMemory(long bytes) {
        return new CaptureRequest(level, format, codec, threads, force, rules, bytes);
    }

    /// That level in the kdump format, with zstd, on all processors.
    public static CaptureRequest of(DumpLevel level) {
        int threads = Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
        return new CaptureRequest(level, DumpFormat.KDUMP, PageCodec.ZSTD, threads, false);
    }
}
