package org.kdump.vmcore.codec;

import java.util.zip.DataFormatException;

/// Pages that are stored as they are.
record StoredPages() implements PageCompressor, PageDecompressor {
    @Override
    public int compress(byte[] page, int length, byte[] target) {
        if (length > target.length) {
            return -1;
        }
        System.arraycopy(page, 0, target, 0, length);
        return length;
    }

    @Override
    public void decompress(byte[] source, int length, byte[] page) throws DataFormatException {
        if (length != page.length) {
            throw new DataFormatException("a stored page has " + length + " bytes instead of " + page.length);
        }
        System.arraycopy(source, 0, page, 0, length);
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
