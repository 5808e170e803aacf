package org.kdump.vmcore.codec;

import io.airlift.compress.v3.Decompressor;
import io.airlift.compress.v3.MalformedInputException;
import java.util.zip.DataFormatException;

/// Pages as single blocks of a codec without a checksum: LZO, Snappy.
record BlockDecompressor(String codec, Decompressor decompressor) implements PageDecompressor {
    @Override
    public void decompress(byte[] source, int length, byte[] page) throws DataFormatException {
        int size;
        try {
            size = decompressor.decompress(source, 0, length, page, 0, page.length);
        } catch (MalformedInputException | IllegalArgumentException | IndexOutOfBoundsException problem) {
            throw new DataFormatException("a page of " + codec + " is damaged: " + problem.getMessage());
        }
        if (size != page.length) {
            throw new DataFormatException("a page of " + codec + " makes " + size + " bytes instead of " + page.length);
        }
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
