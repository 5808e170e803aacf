package org.kdump.kexec.image;

import java.nio.ByteOrder;
import org.kdump.elf.ByteSink;

/// Builds headers of multiboot kernels.
public final class MultibootBuilder {
    private final ByteSink tags = new ByteSink(ByteOrder.LITTLE_ENDIAN);

    /// Of the first specification, without addresses.
    public static byte[] first(int flags) {
        return first(flags, new long[0]);
    }

    /// Of the first specification, and what follows.
    static byte[] first(int flags, long... addresses) {
        var sink = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        sink.u32(0x1badb002).u32(flags).u32(-(0x1badb002 + flags));
        for (long address : addresses) {
            sink.u32(address);
        }
        return sink.toByteArray();
    }

    /// A tag of the second specification.
    public MultibootBuilder tag(int type, boolean optional, long... numbers) {
        tags.u16(type).u16(optional ? 1 : 0).u32(8 + 4L * numbers.length);
        for (long number : numbers) {
            tags.u32(number);
        }
        tags.align(8);
        return this;
    }

    /// The header of the second specification with its tags and the last.
    public byte[] second() {
        tag(0, false);
        byte[] all = tags.toByteArray();
        int length = 16 + all.length;
        return new ByteSink(ByteOrder.LITTLE_ENDIAN)
                .u32(0xe85250d6)
                .u32(0)
                .u32(length)
                .u32(-(0xe85250d6 + length))
                .bytes(all)
                .toByteArray();
    }
}
