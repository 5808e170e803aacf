package org.kdump.vmcore.codec;

/// Bits into an array of bytes, lowest bit first (RFC 1951, 3.1.1).
final class BitOutput {
    private byte[] target;
    private int at;
    private long bits;
    private int count;

    /// Begins at an offset of `target`.
    void begin(byte[] into, int offset) {
        target = into;
        at = offset;
        bits = 0;
        count = 0;
    }

    /// Adds the lowest `width` bits of `value`, up to 16, whose others are 0.
    void write(int value, int width) {
        bits |= (long) value << count;
        count += width;
        if (count >= Integer.SIZE) {
            flush();
        }
    }

    /// Adds the lowest `width` bits of `value`, up to 48, whose others are 0.
    void write(long value, int width) {
        write((int) value & 0xffff, Math.min(width, 16));
        if (width > 16) {
            bits |= value >>> 16 << count;
            count += width - 16;
            flush();
        }
    }

    private void flush() {
        while (count >= Integer.SIZE) {
            target[at] = (byte) bits;
            target[at + 1] = (byte) (bits >>> 8);
            target[at + 2] = (byte) (bits >>> 16);
            target[at + 3] = (byte) (bits >>> 24);
            at += Integer.BYTES;
            bits >>>= Integer.SIZE;
            count -= Integer.SIZE;
        }
    }

    /// Fills the last byte with zeroes.
    ///
    /// @return the offset behind it
    int end() {
        flush();
        for (; count > 0; count -= Byte.SIZE) {
            target[at++] = (byte) bits;
            bits >>>= Byte.SIZE;
        }
        return at;
    }
}
