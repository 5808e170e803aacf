package org.kdump.kexec.image;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Builds a bzImage: good as it is, until a test changes a field.
public final class BzImageBuilder {
    public static final int SETUP_SECTORS = 39;
    public static final int KERNEL_SIZE = 0x8000;
    public static final int SETUP_SIZE = (SETUP_SECTORS + 1) * 512;

    private final ByteBuffer bytes =
            ByteBuffer.allocate(SETUP_SIZE + KERNEL_SIZE).order(ByteOrder.LITTLE_ENDIAN);

    public BzImageBuilder() {
        u8(0x1f1, SETUP_SECTORS);
        u16(0x1fe, 0xaa55);
        u8(0x200, 0xeb);
        u8(0x201, 0x6a);
        u32(0x202, 0x53726448);
        u16(0x206, 0x20f);
        u8(0x211, 1);
        u32(0x230, 0x20_0000);
        u8(0x234, 1);
        u16(0x236, 0x7f);
        u32(0x238, 2047);
        u32(0x248, 0x400);
        u32(0x24c, KERNEL_SIZE - 0x400);
        u64(0x258, 0x100_0000);
        u32(0x260, 0x300_0000);
        for (int i = 0; i < KERNEL_SIZE; i++) {
            bytes.put(SETUP_SIZE + i, (byte) (i * 31));
        }
    }

    public BzImageBuilder u8(int offset, int value) {
        bytes.put(offset, (byte) value);
        return this;
    }

    public BzImageBuilder u16(int offset, int value) {
        bytes.putShort(offset, (short) value);
        return this;
    }

    public BzImageBuilder u32(int offset, int value) {
        bytes.putInt(offset, value);
        return this;
    }

    public BzImageBuilder u64(int offset, long value) {
        bytes.putLong(offset, value);
        return this;
    }

    public byte[] bytes() {
        return bytes.array();
    }

    MemorySegment segment() {
        return MemorySegment.ofArray(bytes());
    }
}
