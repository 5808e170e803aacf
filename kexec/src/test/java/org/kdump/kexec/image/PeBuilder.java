package org.kdump.kexec.image;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.kdump.elf.ByteSink;

/// Builds programs for UEFI with sections, as `ukify` does.
public final class PeBuilder {
    private static final int HEADER = 0x80;
    private static final int OPTIONAL_HEADER = 240;
    private static final int FILE_ALIGNMENT = 512;

    private final Map<String, byte[]> sections = new LinkedHashMap<>();

    public PeBuilder section(String name, byte[] content) {
        sections.put(name, content);
        return this;
    }

    public PeBuilder section(String name, String text) {
        return section(name, text.getBytes(StandardCharsets.UTF_8));
    }

    public byte[] bytes() {
        var sink = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        sink.text("MZ", 0x3c).u32(HEADER).zeros(HEADER - 0x40);
        sink.text("PE", 4)
                .u16(0x8664)
                .u16(sections.size())
                .zeros(12)
                .u16(OPTIONAL_HEADER)
                .u16(0);
        sink.zeros(OPTIONAL_HEADER);
        long data = aligned(sink.size() + 40L * sections.size());
        long offset = data;
        for (var section : sections.entrySet()) {
            long size = section.getValue().length;
            sink.text(section.getKey(), 8)
                    .u32(size)
                    .u32(offset)
                    .u32(aligned(size))
                    .u32(offset)
                    .zeros(16);
            offset += aligned(size);
        }
        sink.align(FILE_ALIGNMENT);
        for (byte[] content : sections.values()) {
            sink.bytes(content).align(FILE_ALIGNMENT);
        }
        return sink.toByteArray();
    }

    private static long aligned(long size) {
        return Math.ceilDiv(size, FILE_ALIGNMENT) * FILE_ALIGNMENT;
    }
}
