package org.kdump.vmcore.diskdump;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// Decompresses pages. For one thread at a time; holds native memory until closed.
final class PageDecoder implements AutoCloseable {
    private final ByteBuffer page;
    private Inflater inflater;
    private ZstdDecompressCtx zstd;

    PageDecoder(int pageSize) {
        this.page = ByteBuffer.allocateDirect(pageSize);
    }

    /// Decompresses one page.
    ///
    /// @param data the page as it stands in the file, in native memory
    /// @return the page, good until the next call; null where `data` is no such page
    MemorySegment decode(PageCodec codec, MemorySegment data) {
        int size = switch (codec) {
            case NONE -> copy(data);
            case ZLIB -> inflate(data);
            case ZSTD -> zstd(data);
            case LZO, SNAPPY -> -1;
        };
        return size == page.capacity() ? MemorySegment.ofBuffer(page.clear()) : null;
    }

    private int copy(MemorySegment data) {
        if (data.byteSize() == page.capacity()) {
            MemorySegment.ofBuffer(page.clear()).copyFrom(data);
        }
        return Math.toIntExact(data.byteSize());
    }

    private int inflate(MemorySegment data) {
        if (inflater == null) {
            inflater = new Inflater();
        }
        inflater.reset();
        inflater.setInput(data.asByteBuffer());
        try {
            return inflater.inflate(page.clear());
        } catch (DataFormatException e) {
            return -1;
        }
    }

    private int zstd(MemorySegment data) {
        if (zstd == null) {
            zstd = new ZstdDecompressCtx();
        }
        try {
            page.clear();
            return zstd.decompressDirectByteBuffer(
                    page, 0, page.capacity(), data.asByteBuffer(), 0, Math.toIntExact(data.byteSize()));
        } catch (ZstdException e) {
            return -1;
        }
    }

    @Override
    public void close() {
        if (inflater != null) {
            inflater.end();
        }
        if (zstd != null) {
            zstd.close();
        }
    }
}
