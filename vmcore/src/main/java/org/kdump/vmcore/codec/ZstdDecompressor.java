package org.kdump.vmcore.codec;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.util.zip.DataFormatException;

/// Pages as Zstandard frames.
final class ZstdDecompressor implements PageDecompressor {
    private final ZstdDecompressCtx context = new ZstdDecompressCtx();

    @Override
    public void decompress(byte[] source, int length, byte[] page) throws DataFormatException {
        int size;
        try {
            size = context.decompressByteArray(page, 0, page.length, source, 0, length);
        } catch (ZstdException problem) {
            throw new DataFormatException("a zstd page is damaged: " + problem.getMessage());
        }
        if (size != page.length) {
            throw new DataFormatException("a zstd page makes " + size + " bytes instead of " + page.length);
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
