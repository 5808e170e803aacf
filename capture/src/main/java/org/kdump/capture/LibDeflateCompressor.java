package org.kdump.capture;

import org.kdump.syscall.LibDeflate;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.codec.PageCompressor;

/// Pages as zlib streams, by libdeflate: they are no larger than the JDK's, and it takes a third of the time.
record LibDeflateCompressor(LibDeflate library) implements PageCompressor {
    /// The fastest compressor of a codec that there is here, to be used by one thread at a time and closed.
    static PageCompressor fastest(PageCodec codec) {
        return codec == PageCodec.ZLIB
                ? LibDeflate.open()
                        .<PageCompressor>map(LibDeflateCompressor::new)
                        .orElseGet(codec::compressor)
                : codec.compressor();
    }

    /// Begins to load what a compressor needs, a library for one, on a thread of its own, for someone who has other
    /// things to do before the first page.
    static void prepare(PageCodec codec) {
        Thread.ofPlatform().daemon().name("codec").start(() -> {
            try {
                fastest(codec).close();
            } catch (RuntimeException | Error unusable) {
                // Whoever makes the first compressor is told.
                return;
            }
        });
    }

    @Override
    public int compress(byte[] page, int length, byte[] target) {
        int size = library.compress(page, length, target);
        return size == 0 ? -1 : size;
    }

    @Override
    public void close() {
        library.close();
    }
}
