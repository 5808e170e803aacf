package org.kdump.vmcore.codec;

import java.util.zip.Deflater;

/// Pages as zlib streams.
final class ZlibCompressor implements PageCompressor {
    private final Deflater deflater;

    ZlibCompressor(int level) {
        deflater = new Deflater(level);
    }

    @Override
    public int compress(byte[] page, int length, byte[] target) {
        deflater.reset();
        deflater.setInput(page, 0, length);
        deflater.finish();
        int size = deflater.deflate(target);
        return deflater.finished() ? size : -1;
    }

    @Override
    public void close() {
        deflater.end();
    }
}
