package org.kdump.capture;

import org.kdump.vmcore.codec.PageCodec;

/// How a dump is to be taken.
///
/// @param level what is left out
/// @param format the file's format
/// @param codec how each page is compressed; of no meaning in an ELF core
/// @param threads how many threads compress, 1 or more; what is written is the same for any number
/// @param overwrite whether a target that exists is replaced
public record CaptureRequest(DumpLevel level, Format format, PageCodec codec, int threads, boolean overwrite) {
    /// A dump's format.
    public enum Format {
        /// kdump-compressed, diskdump version 6.
        KDUMP,
        /// ELF core.
        ELF
    }

    /// @throws IllegalArgumentException if the codec is not built in, or there are no threads
    public CaptureRequest {
        if (!codec.isAvailable()) {
            throw new IllegalArgumentException("compression by " + codec.label() + " is not handled yet");
        }
        if (threads < 1 || threads > 1024) {
            throw new IllegalArgumentException(threads + " threads cannot be; 1 to 1024 can");
        }
    }
}
