package org.kdump.vmcore.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Bits into an array of bytes, lowest bit first (RFC 1951, 3.1.1). Eight bytes are written at a time, so there must be
/// room for seven behind the last.
final class BitOutput {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

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
        if (count >= 48) {
            flush();
        }
    }

    /// Adds the lowest `width` bits of `value`, up to 56, whose others are 0.
    void write(long value, int width) {
        flush();
        bits |= value << count;
        count += width;
        flush();
    }

    private void flush() {
        LONG.set(target, at, bits);
        int whole = count >>> 3;
        at += whole;
        bits >>>= whole << 3;
        count &= 7;
    }

    /// Fills the last byte with zeroes.
    ///
    /// @return the offset behind it
    int end() {
        LONG.set(target, at, bits);
        return at + (count + 7 >>> 3);
    }
}
