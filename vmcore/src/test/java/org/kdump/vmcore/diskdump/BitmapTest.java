package org.kdump.vmcore.diskdump;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BitmapTest {
    @Test
    void countsAndSearchesLikeABitSet() {
        Random random = new Random(1);
        for (int bits : new int[] {1, 7, 8, 63, 64, 65, 511, 512, 513, 5000, 40_000}) {
            BitSet expected = new BitSet();
            for (int i = 0; i < bits; i++) {
                expected.set(i, random.nextInt(100) < (i / 600 % 3) * 50);
            }
            byte[] bytes = new byte[(bits + 7) / 8 + 3];
            byte[] told = expected.toByteArray();
            System.arraycopy(told, 0, bytes, 0, told.length);
            // What stands behind the last bit does not count.
            bytes[bytes.length - 1] = (byte) 0xff;
            assertSame(expected, new Bitmap(MemorySegment.ofArray(bytes), bits), bits);
        }
    }

    private static void assertSame(BitSet expected, Bitmap bitmap, int bits) {
        assertEquals(bits, bitmap.bits());
        for (int i = 0; i < bits; i++) {
            assertEquals(expected.get(i), bitmap.get(i));
            assertEquals(expected.get(0, i).cardinality(), bitmap.rank(i));
            assertEquals(expected.nextSetBit(i) < 0 ? bits : expected.nextSetBit(i), bitmap.next(i, true));
            assertEquals(Math.min(bits, expected.nextClearBit(i)), bitmap.next(i, false));
        }
        assertEquals(expected.cardinality(), bitmap.rank(bits));
        assertEquals(expected.cardinality(), bitmap.rank(Long.MAX_VALUE));
        assertFalse(bitmap.get(bits));
        assertFalse(bitmap.get(-1));
    }

    @Test
    void bitsThatTheFileHasLostAreZero() {
        Bitmap bitmap = new Bitmap(MemorySegment.ofArray(new byte[] {-1}), 1000);
        assertEquals(8, bitmap.bits());
        assertEquals(8, bitmap.rank(1000));
        assertFalse(bitmap.get(8));
        assertEquals(0, new Bitmap(MemorySegment.ofArray(new byte[0]), 1000).rank(1000));
    }
}
