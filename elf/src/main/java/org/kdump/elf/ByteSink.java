package org.kdump.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A growing array of bytes, written field by field: the mirror of [ByteCursor].
///
/// Not safe for use by several threads.
public final class ByteSink {
    private final ByteOrder order;
    private byte[] bytes = new byte[256];
    private int size;

    /// @param order byte order of every number written
    public ByteSink(ByteOrder order) {
        this.order = order;
    }

    /// Bytes written so far.
    public int size() {
        return size;
    }

    /// Writes the low 8 bits.
    public ByteSink u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    /// Writes the low 16 bits.
    public ByteSink u16(int value) {
        room(2).putShort((short) value);
        return this;
    }

    /// Writes the low 32 bits.
    public ByteSink u32(long value) {
        room(4).putInt((int) value);
        return this;
    }

    /// Writes 64 bits.
    public ByteSink u64(long value) {
        room(8).putLong(value);
        return this;
    }

    /// Writes an address or offset of the class's width.
    ///
    /// @throws ArithmeticException if it does not fit 32 bits, unsigned, in a 32-bit file
    public ByteSink word(ElfClass elfClass, long value) {
        if (elfClass == ElfClass.ELF64) {
            return u64(value);
        }
        if (value >>> 32 != 0) {
            throw new ArithmeticException("0x" + Long.toHexString(value) + " does not fit a 32-bit ELF field");
        }
        return u32(value);
    }

    /// Writes all of `data`.
    public ByteSink bytes(byte[] data) {
        room(data.length).put(data);
        return this;
    }

    /// Writes `text` in ISO 8859-1, cut or padded with NUL to `width` bytes.
    public ByteSink text(String text, int width) {
        byte[] raw = text.getBytes(StandardCharsets.ISO_8859_1);
        return bytes(Arrays.copyOf(raw, width));
    }

    /// Writes NULs until the size is a multiple of `alignment`.
    public ByteSink align(long alignment) {
        long over = alignment > 1 ? size % alignment : 0;
        return over == 0 ? this : zeros(Math.toIntExact(alignment - over));
    }

    /// Writes `count` NULs.
    public ByteSink zeros(int count) {
        room(count).put(new byte[count]);
        return this;
    }

    /// A copy of what was written.
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    private ByteBuffer room(int count) {
        int end = Math.addExact(size, count);
        if (end > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.max(end, Math.min(bytes.length * 2L, Integer.MAX_VALUE - 8)));
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes, size, count).order(order);
        size = end;
        return buffer;
    }
}
