package org.kdump.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kdump.kernel.memory.MemorySearch;
import org.kdump.vmcore.PhysicalRange;

class MemorySearchTest {
    private static final long BASE = 0xffff888000001000L;
    private static final int SIZE = 3 << 20;

    private final byte[] memory = new byte[SIZE];

    /// Memory in which a page is missing.
    private long read(long address, MemorySegment target) {
        int at = (int) (address - BASE);
        int end = at < 0x3000 ? 0x3000 : SIZE;
        int length = at >= 0x3000 && at < 0x4000 ? 0 : (int) Math.min(target.byteSize(), end - at);
        MemorySegment.copy(memory, at, target, ValueLayout.JAVA_BYTE, 0, length);
        return length;
    }

    private List<Long> find(MemorySearch.Wanted wanted) throws IOException {
        return new MemorySearch(wanted, 10)
                .in(this::read, List.of(new PhysicalRange(BASE, BASE + SIZE))).items().stream()
                        .map(address -> address - BASE)
                        .toList();
    }

    private void put(int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, memory, at, bytes.length);
    }

    @Test
    void textIsFoundAnywhereAndWherePiecesMeet() throws IOException {
        put(3, "needle");
        put((1 << 20) - 3, "needle");
        put(SIZE - 6, "needle");
        put(0x3ffd, "needle");
        assertEquals(
                List.of(3L, (1L << 20) - 3, SIZE - 6L),
                find(new MemorySearch.Text("needle".getBytes(StandardCharsets.UTF_8))));
    }

    @Test
    void numbersAreFoundAtMultiplesOfTheirSizeWithoutTheBitsThatDoNotMatter() throws IOException {
        memory[0x1004] = 0x34;
        memory[0x1005] = 0x12;
        memory[0x1007] = (byte) 0x80;
        assertEquals(List.of(0x1004L), find(new MemorySearch.Number(2, 0x1234, 0, ByteOrder.LITTLE_ENDIAN)));
        assertEquals(List.of(0x1004L), find(new MemorySearch.Number(4, 0x80001200, 0xff, ByteOrder.LITTLE_ENDIAN)));
        assertEquals(
                List.of(0x1000L), find(new MemorySearch.Number(8, 0x8000123400000000L, 0, ByteOrder.LITTLE_ENDIAN)));
    }

    @Test
    void numbersOfThreeBytesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new MemorySearch.Number(3, 0, 0, ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void placesBeyondThoseRememberedAreCounted() throws IOException {
        var all = new MemorySearch(new MemorySearch.Number(8, 0, 0, ByteOrder.LITTLE_ENDIAN), 2)
                .in(this::read, List.of(new PhysicalRange(BASE, BASE + 0x1000)));
        assertEquals(2, all.items().size());
        assertEquals("510 more places are left out", all.problem().orElseThrow());
    }
}
