package org.kdump.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PageBitsTest {
    @Test
    void doesAsABitSetDoes() {
        PageBits bits = new PageBits();
        PageBits other = new PageBits();
        other.set(1000, 30000);
        BitSet expected = new BitSet();
        BitSet expectedOther = new BitSet();
        expectedOther.set(1000, 30000);
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            int from = random.nextInt(PageBits.FRAMES + 1);
            int to = Math.min(PageBits.FRAMES, from + random.nextInt(random.nextBoolean() ? 70 : 9000));
            switch (random.nextInt(3)) {
                case 0 -> {
                    bits.set(from, to);
                    expected.set(from, to);
                }
                case 1 -> {
                    bits.clear(from, to);
                    expected.clear(from, to);
                }
                default -> {
                    bits.copy(from, to, other);
                    BitSet part = expectedOther.get(from, to);
                    expected.clear(from, to);
                    part.stream().forEach(bit -> expected.set(from + bit));
                }
            }
            assertEquals(expected.cardinality(), bits.count());
            assertEquals(expected.get(from, to).cardinality(), bits.count(from, to));
            assertEquals(end(expected.nextSetBit(from)), bits.next(from, true));
            assertEquals(Math.min(PageBits.FRAMES, expected.nextClearBit(from)), bits.next(from, false));
        }
        assertTrue(expected.cardinality() > 0);
    }

    private static int end(int bit) {
        return bit < 0 ? PageBits.FRAMES : bit;
    }
}
