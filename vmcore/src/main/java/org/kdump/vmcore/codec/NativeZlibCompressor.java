package org.kdump.vmcore.codec;

import java.util.zip.Deflater;

/// Pages as zlib streams, by the JDK's own zlib.
final class NativeZlibCompressor implements PageCompressor {
    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED);

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
