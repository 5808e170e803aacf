package org.kdump.vmcore.codec;

import java.util.zip.DataFormatException;

/// Decompresses pages, one at a time, without allocating for each. Used by one thread at a time.
public sealed interface PageDecompressor extends AutoCloseable
        permits StoredPages, BlockDecompressor, ZlibDecompressor, ZstdDecompressor {
    /// Decompresses the first `length` bytes of `source` so that they fill `page`.
    ///
    /// @throws DataFormatException if they are damaged, or do not make exactly `page.length` bytes
    void decompress(byte[] source, int length, byte[] page) throws DataFormatException;

    /// Frees what it holds outside the heap.
    @Override
    void close();
}
