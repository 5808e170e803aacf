package org.kdump.kernel.why;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kdump.kernel.crash.MemoryVmcore;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.object.Types;

/// A list of three modules, whole and corrupt.
class CorruptListsTest {
    private static final String TYPES = """
            list_head 16: next list_head* 0, prev list_head* 8
            """;
    private static final int HEAD = 0x10000;
    private static final int NODES = 4;
    private static final String NAME = "the list of modules";

    private final MemoryVmcore vmcore = MemoryVmcore.x86();
    private final Map<String, Long> symbols = Map.of("modules", node(0));
    private final TypedMemory memory = new TypedMemory(
            vmcore.flat(),
            Types.of(TYPES),
            name -> symbols.containsKey(name) ? OptionalLong.of(symbols.get(name)) : OptionalLong.empty());

    private static int place(int number) {
        return HEAD + 0x1000 * number;
    }

    private long node(int number) {
        return vmcore.virtual(place(number % NODES));
    }

    private static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }

    @BeforeEach
    void write() {
        for (int i = 0; i < NODES; i++) {
            vmcore.memory.putLong(place(i), node(i + 1));
            vmcore.memory.putLong(place(i) + 8, node(i + NODES - 1));
        }
    }

    private List<CorruptList> found() throws IOException {
        return CorruptLists.all(memory, List.of());
    }

    @Test
    void saysNothingOfAWholeList() throws IOException {
        assertEquals(List.of(), found());
    }

    @Test
    void aNodeThatLeadsBackElsewhere() throws IOException {
        vmcore.memory.putLong(place(2) + 8, node(3));
        assertEquals(
                List.of(new CorruptList(NAME, node(2), "its prev is " + hex(node(3)) + ", not " + hex(node(1)))),
                found());
    }

    @Test
    void aCircle() throws IOException {
        vmcore.memory.putLong(place(3), node(2));
        assertEquals(
                List.of(new CorruptList(NAME, node(2), "its prev is " + hex(node(1)) + ", not " + hex(node(3)))),
                found());
    }
}
