package org.kdump.vmcore.codec;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;

/// Pages as Zstandard frames, each with its content's size and no checksum, as makedumpfile writes them.
final class ZstdCompressor implements PageCompressor {
    private static final int FASTEST = 1;

    private final ZstdCompressCtx context = new ZstdCompressCtx();

    ZstdCompressor() {
        context.setLevel(FASTEST).setContentSize(true).setChecksum(false);
    }

    @Override
    public int compress(byte[] page, int length, byte[] target) {
        try {
            return context.compressByteArray(target, 0, target.length, page, 0, length);
        } catch (ZstdException problem) {
            if (problem.getErrorCode() == Zstd.errDstSizeTooSmall()) {
                return -1;
            }
            throw problem;
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
