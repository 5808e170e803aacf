package org.kdump.vmcore.codec;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// Pages as zlib streams.
final class ZlibDecompressor implements PageDecompressor {
    private final Inflater inflater = new Inflater();

    @Override
    public void decompress(byte[] source, int length, byte[] page) throws DataFormatException {
        inflater.reset();
        inflater.setInput(source, 0, length);
        int size = inflater.inflate(page);
        // A page that is filled exactly may leave the stream's checksum unread: one more call reads and checks it.
        if (size != page.length || !inflater.finished() && inflater.inflate(new byte[1]) != 0 || !inflater.finished()) {
            throw new DataFormatException("a zlib page does not make " + page.length + " bytes");
        }
    }

    @Override
    public void close() {
        inflater.end();
    }
}
