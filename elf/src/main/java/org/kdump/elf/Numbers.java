package org.kdump.elf;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/// Numbers in memory, of either byte order, at any address.
///
/// They are copied out, for [MemorySegment#get] goes through a `VarHandle`, and the first of those costs each start of
/// the program 7 ms. Compiled without the second compiler, a copy is also the faster of the two.
public final class Numbers {
    private Numbers() {}

    /// A byte, unsigned.
    ///
    /// @throws IndexOutOfBoundsException if it is not in `memory`; so do all
    public static int u8(MemorySegment memory, long offset) {
        byte[] one = new byte[1];
        MemorySegment.copy(memory, offset, MemorySegment.ofArray(one), 0, Byte.BYTES);
        return Byte.toUnsignedInt(one[0]);
    }

    /// Two bytes, unsigned.
    public static int u16(MemorySegment memory, long offset, ByteOrder order) {
        short[] one = new short[1];
        MemorySegment.copy(memory, offset, MemorySegment.ofArray(one), 0, Short.BYTES);
        return Short.toUnsignedInt(isNative(order) ? one[0] : Short.reverseBytes(one[0]));
    }

    /// Four bytes, signed.
    public static int s32(MemorySegment memory, long offset, ByteOrder order) {
        int[] one = new int[1];
        MemorySegment.copy(memory, offset, MemorySegment.ofArray(one), 0, Integer.BYTES);
        return isNative(order) ? one[0] : Integer.reverseBytes(one[0]);
    }

    /// Eight bytes, signed.
    public static long s64(MemorySegment memory, long offset, ByteOrder order) {
        long[] one = new long[1];
        MemorySegment.copy(memory, offset, MemorySegment.ofArray(one), 0, Long.BYTES);
        return isNative(order) ? one[0] : Long.reverseBytes(one[0]);
    }

    private static boolean isNative(ByteOrder order) {
        return order == ByteOrder.nativeOrder();
    }
}
