package org.kdump.kernel.object;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.kdump.kernel.crash.MemoryVmcore;

/// Lists, trees and arrays, whole and corrupt.
class ContainersTest {
    private static final String TYPES = """
            list_head 16: next list_head* 0, prev list_head* 8
            hlist_node 16: next hlist_node* 0, pprev ptr 8
            hlist_nulls_node 16: next hlist_nulls_node* 0, pprev ptr 8
            rb_node 24: __rb_parent_color long 0, rb_right rb_node* 8, rb_left rb_node* 16
            item 64: id int 0, list list_head 8, hash hlist_node 24, rb rb_node 40
            xa_node 64: shift u8 0, slots ptr[4] 8
            xarray 8: xa_head ptr 0
            idr 16: idr_rt xarray 0, idr_base u32 8
            maple_range_64 80: pivot long[3] 0, slot ptr[4] 24
            maple_arange_64 80: pivot long[1] 0, slot ptr[2] 8
            maple_node 256: slot ptr[4] 0, mr64 maple_range_64 0, ma64 maple_arange_64 0
            maple_tree 16: ma_root ptr 0
            enum maple_type: maple_dense=0 maple_leaf_64=1 maple_range_64=2 maple_arange_64=3
            """;
    private static final int HEAD = 0x10000;

    private final MemoryVmcore vmcore = MemoryVmcore.x86();
    private final TypedMemory memory = new TypedMemory(vmcore.flat(), Types.of(TYPES), name -> OptionalLong.empty());
    private final StructType item = memory.struct("item");
    private final long head = vmcore.virtual(HEAD);

    private static int place(int number) {
        return HEAD + 0x1000 * number;
    }

    private long node(int number) {
        return vmcore.virtual(place(number));
    }

    private void put(int number, int offset, long value) {
        vmcore.memory.putLong(place(number) + offset, value);
    }

    private List<Long> ids(Partial<Struct> answer) throws IOException {
        return answer.items().stream()
                .map(struct -> struct.address() - head >> 12)
                .toList();
    }

    /// head → 1 → 2 → … → count → head
    private void list(int count) {
        vmcore.memory.putLong(HEAD, node(1) + 8);
        for (int i = 1; i <= count; i++) {
            put(i, 8, i == count ? head : node(i + 1) + 8);
        }
    }

    @Test
    void walksAList() throws IOException {
        list(5);
        Partial<Struct> answer = Lists.entries(item, "list", head);
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), ids(answer));
        assertTrue(answer.isWhole());
        vmcore.memory.putLong(HEAD, head);
        assertTrue(Lists.entries(item, "list", head).items().isEmpty());
    }

    @Test
    void takesBackACircleThatMissesTheHead() throws IOException {
        for (int length = 1; length <= 9; length++) {
            for (int back = 1; back <= length; back++) {
                list(length);
                put(length, 8, node(back) + 8);
                Partial<Struct> answer = Lists.entries(item, "list", head);
                assertEquals(length, answer.items().size(), length + " entries, the last leads to " + back);
                assertTrue(answer.problem().orElseThrow().contains("circle"));
            }
        }
    }

    @Test
    void answersWhatItReachesBeforeAHole() throws IOException {
        list(5);
        vmcore.without(place(4), place(5));
        Partial<Struct> answer = Lists.entries(item, "list", head);
        assertEquals(List.of(1L, 2L, 3L), ids(answer));
        assertFalse(answer.isWhole());
    }

    @Test
    void walksABucket() throws IOException {
        vmcore.memory.putLong(HEAD, node(2) + 24);
        put(2, 24, node(1) + 24);
        assertEquals(List.of(2L, 1L), ids(Lists.bucket(item, "hash", head)));
        put(1, 24, 0x1001);
        assertEquals(List.of(2L, 1L), ids(Lists.nullsBucket(memory.struct("item"), "hash", head)));
    }

    /// 4 over 2 (1, 3) and 5.
    private void tree() {
        vmcore.memory.putLong(HEAD, node(4) + 40);
        rb(4, 0, 2, 5);
        rb(2, 4, 1, 3);
        rb(1, 2, 0, 0);
        rb(3, 2, 0, 0);
        rb(5, 4, 0, 0);
    }

    private void rb(int number, int parent, int left, int right) {
        put(number, 40, parent == 0 ? 1 : node(parent) + 40 | number & 1);
        put(number, 48, right == 0 ? 0 : node(right) + 40);
        put(number, 56, left == 0 ? 0 : node(left) + 40);
    }

    @Test
    void readsATreeInOrder() throws IOException {
        tree();
        Partial<Struct> answer = RbTree.entries(item, "rb", head);
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), ids(answer));
        assertTrue(answer.isWhole());
        vmcore.memory.putLong(HEAD, 0);
        assertTrue(RbTree.entries(item, "rb", head).items().isEmpty());
    }

    @Test
    void endsInACorruptTree() throws IOException {
        tree();
        rb(3, 2, 4, 4);
        assertFalse(RbTree.entries(item, "rb", head).isWhole());
        tree();
        put(5, 48, node(5) + 40);
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), ids(RbTree.entries(item, "rb", head)));
        tree();
        vmcore.without(place(2), place(3));
        Partial<Struct> answer = RbTree.entries(item, "rb", head);
        assertEquals(List.of(4L, 5L), ids(answer));
        assertFalse(answer.isWhole());
    }

    @Test
    void readsAnArrayOfTwoLevels() throws IOException {
        vmcore.memory.putLong(HEAD, node(1) + 2);
        vmcore.memory.put(place(1), (byte) 2);
        put(1, 8, node(2) + 2);
        put(1, 24, head);
        put(1, 32, 2 << 2 | 2);
        put(2, 16, 7 << 1 | 1);
        put(2, 24, 257 << 2 | 2);
        put(2, 32, head + 4);
        Partial<RangeEntry> answer = XArray.entries(memory, head);
        assertEquals(
                List.of(new RangeEntry(1, 1, 15), new RangeEntry(3, 3, head + 4), new RangeEntry(8, 15, head)),
                answer.items());
        assertTrue(answer.isWhole());
        assertTrue(XArray.isValue(15));
        assertEquals(7, XArray.value(15));
        vmcore.memory.putInt(HEAD + 8, 1);
        assertEquals(2, XArray.idr(memory, head).items().getFirst().first());
    }

    @Test
    void readsAnArrayOfOneEntryAndOfNone() throws IOException {
        vmcore.memory.putLong(HEAD, head);
        assertEquals(
                List.of(new RangeEntry(0, 0, head)),
                XArray.entries(memory, head).items());
        vmcore.memory.putLong(HEAD, 0);
        assertTrue(XArray.entries(memory, head).items().isEmpty());
    }

    @Test
    void endsInACorruptArray() throws IOException {
        vmcore.memory.putLong(HEAD, node(1) + 2);
        vmcore.memory.put(place(1), (byte) 2);
        put(1, 8, node(1) + 2);
        assertFalse(XArray.entries(memory, head).isWhole());
        vmcore.memory.putLong(HEAD, vmcore.virtual(MemoryVmcore.SIZE) + 2);
        assertFalse(XArray.entries(memory, head).isWhole());
    }

    /// As real kernels have them: the root bears another mark than those below it.
    private long root(int number, int type) {
        return node(number) | type << 3 | 2;
    }

    private long maple(int number, int type) {
        return node(number) | type << 3 | 4;
    }

    /// A root with two leaves: 0…9 none, 10…19 head | 20…29 head + 8, the rest none.
    private void mapleTree() {
        vmcore.memory.putLong(HEAD, root(1, 3));
        put(1, 0, 19);
        put(1, 8, maple(2, 1));
        put(1, 16, maple(3, 1));
        put(2, 0, 9);
        put(2, 8, 19);
        put(2, 32, head);
        put(3, 0, 29);
        put(3, 24, head + 8);
    }

    @Test
    void readsAMapleTree() throws IOException {
        mapleTree();
        Partial<RangeEntry> answer = MapleTree.entries(memory, head);
        assertEquals(List.of(new RangeEntry(10, 19, head), new RangeEntry(20, 29, head + 8)), answer.items());
        assertTrue(answer.isWhole(), answer.toString());
        vmcore.memory.putLong(HEAD, head);
        assertEquals(
                List.of(new RangeEntry(0, 0, head)),
                MapleTree.entries(memory, head).items());
    }

    @Test
    void endsInACorruptMapleTree() throws IOException {
        mapleTree();
        put(1, 8, maple(1, 3));
        assertFalse(MapleTree.entries(memory, head).isWhole());
        mapleTree();
        put(2, 8, 5);
        assertEquals(
                List.of(new RangeEntry(20, 29, head + 8)),
                MapleTree.entries(memory, head).items());
        mapleTree();
        put(1, 16, maple(3, 9));
        assertFalse(MapleTree.entries(memory, head).isWhole());
        mapleTree();
        vmcore.without(place(2), place(3));
        Partial<RangeEntry> answer = MapleTree.entries(memory, head);
        assertEquals(1, answer.items().size());
        assertFalse(answer.isWhole());
    }
}
