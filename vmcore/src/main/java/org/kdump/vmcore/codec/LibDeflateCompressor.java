package org.kdump.vmcore.codec;

import org.kdump.syscall.LibDeflate;

/// Pages as zlib streams, by libdeflate.
record LibDeflateCompressor(LibDeflate library) implements PageCompressor {
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
