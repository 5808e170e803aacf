package org.kdump.vmcore.codec;

/// Compresses pages, one at a time, without allocating for each. Used by one thread at a time.
public interface PageCompressor extends AutoCloseable {
    /// Compresses the first `length` bytes of `page` into `target`.
    ///
    /// @return the compressed size in bytes, or -1 if it does not fit `target`, or if the page looks as if it
    ///     would not shrink: a `target` that is one byte shorter than the page makes this the answer for all
    ///     that do not
    int compress(byte[] page, int length, byte[] target);

    /// Frees what it holds outside the heap.
    @Override
    void close();
}
