package org.kdump.vmcore.codec;

import io.airlift.compress.v3.Compressor;

/// Pages as single blocks of a codec that knows one level only: LZO, Snappy.
///
/// These codecs want room for the worst that they could make of a page, and refuse a smaller target however small the
/// result is: they write to a place of our own, and what fits is copied.
final class BlockCompressor implements PageCompressor {
    private final Compressor compressor;
    private byte[] room = {};

    BlockCompressor(Compressor compressor) {
        this.compressor = compressor;
    }

    @Override
    public int compress(byte[] page, int length, byte[] target) {
        int worst = compressor.maxCompressedLength(length);
        if (target.length >= worst) {
            return compressor.compress(page, 0, length, target, 0, target.length);
        }
        if (room.length < worst) {
            room = new byte[worst];
        }
        int size = compressor.compress(page, 0, length, room, 0, worst);
        if (size > target.length) {
            return -1;
        }
        System.arraycopy(room, 0, target, 0, size);
        return size;
    }

    @Override
    public void close() {
        room = new byte[0];
    }
}
