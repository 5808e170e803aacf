package org.kdump.vmcore.diskdump;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import org.kdump.elf.ByteSource;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.codec.PageDecompressor;

/// Reads and decompresses pages, one at a time, in buffers of its own. Used by one thread at a time.
final class PageLoader implements AutoCloseable {
    private final ByteSource source;
    private final byte[] compressed;
    private final CRC32 checksum = new CRC32();
    private final Map<PageCodec, PageDecompressor> decompressors = new EnumMap<>(PageCodec.class);

    PageLoader(ByteSource source, int pageSize) {
        this.source = source;
        compressed = new byte[2 * pageSize];
    }

    /// Fills `page` with the page of a descriptor that lies within the file.
    ///
    /// @throws DataFormatException if it is damaged or of no codec
    /// @throws IOException if the file cannot be read
    void load(PageDescriptor descriptor, byte[] page) throws IOException, DataFormatException {
        PageCodec codec = PageCodec.ofFlags(descriptor.flags())
                .orElseThrow(() -> new DataFormatException(
                        "its page_desc.flags 0x" + Integer.toHexString(descriptor.flags()) + " name no codec"));
        int size = (int) descriptor.size();
        if (source.read(descriptor.offset(), MemorySegment.ofArray(compressed).asSlice(0, size)) < size) {
            throw new DataFormatException("the file ends within it");
        }
        decompressors.computeIfAbsent(codec, PageCodec::decompressor).decompress(compressed, size, page);
    }

    /// The CRC-32 of the data that the last page was made of.
    int checksum(PageDescriptor descriptor) {
        checksum.reset();
        checksum.update(compressed, 0, (int) descriptor.size());
        return (int) checksum.getValue();
    }

    @Override
    public void close() {
        decompressors.values().forEach(PageDecompressor::close);
    }
}
