package org.kdump.kernel.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kdump.kernel.object.LittleKernel;
import org.kdump.kernel.object.Partial;

class NeighbourTest {
    private static final String TYPES = """
            hlist_node 16: next hlist_node* 0, pprev ptr 8
            net_device 64: name char[16] 0, addr_len u8 16
            neighbour 128: next neighbour* 0, hash hlist_node 8, nud_state u8 24, dev net_device* 32, ha char[32] 40, primary_key u8[] 72
            neigh_hash_table 32: BUCKETS ptr 0, hash_shift u32 8
            neigh_table 64: family int 0, nht neigh_hash_table* 8
            """;
    private static final int DEVICE = 0x10000;
    private static final int TABLES = 0x11000;
    private static final int FIRST = 0x20000;
    private static final int SECOND = 0x21000;

    private LittleKernel kernel;

    /// Two tables of two buckets each, for IPv4 and IPv6.
    private void boot(String buckets) {
        kernel = new LittleKernel(TYPES.replace("BUCKETS", buckets));
        kernel.symbol("neigh_tables", TABLES);
        kernel.text(DEVICE, "eth0");
        kernel.u8(DEVICE + 16, 6);
        for (int i = 0; i < 2; i++) {
            int table = 0x12000 + i * 0x1000;
            kernel.pointer(TABLES + i * 8, table);
            kernel.u32(table, i == 0 ? 2 : 10);
            kernel.pointer(table + 8, table + 0x100);
            kernel.pointer(table + 0x100, table + 0x200);
            kernel.u32(table + 0x108, 1);
        }
        neighbour(FIRST, 0x02, 10, 0, 2, 2);
        neighbour(SECOND, 0x84, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    }

    private void neighbour(int place, int state, int... key) {
        kernel.u8(place + 24, state);
        kernel.pointer(place + 32, DEVICE);
        kernel.u8(place + 40, 0x52, 0x55, 0x0a, 0, 2, 2);
        kernel.u8(place + 72, key);
    }

    private void check(Partial<Neighbour> answer) {
        String hardware = "52:55:0a:00:02:02";
        assertEquals(
                List.of(
                        new Neighbour(kernel.at(FIRST), "10.0.2.2", hardware, "eth0", "REACHABLE"),
                        new Neighbour(kernel.at(SECOND), "fe80::1", hardware, "eth0", "STALE|PERMANENT")),
                answer.items());
        assertTrue(answer.isWhole());
    }

    @Test
    void readsLists() throws IOException {
        boot("hash_heads");
        kernel.pointer(0x12200, FIRST + 8);
        kernel.pointer(0x13208, SECOND + 8);
        check(Neighbour.all(kernel.types));
    }

    @Test
    void readsChainsOfOlderKernels() throws IOException {
        boot("hash_buckets");
        kernel.pointer(0x12208, FIRST);
        kernel.pointer(0x13200, SECOND);
        check(Neighbour.all(kernel.types));
    }

    @Test
    void answersInPart() throws IOException {
        boot("hash_buckets");
        kernel.pointer(0x12208, FIRST);
        kernel.pointer(FIRST, FIRST);
        kernel.pointer(0x13200, SECOND);
        kernel.vmcore.without(SECOND, SECOND + 0x1000);
        Partial<Neighbour> answer = Neighbour.all(kernel.types);
        assertEquals(1, answer.items().size());
        assertTrue(answer.problem().orElseThrow().contains("circle"));
    }

    @Test
    void isNotLedAstrayByAShift() throws IOException {
        boot("hash_buckets");
        kernel.u32(0x12108, -1);
        assertFalse(Neighbour.all(kernel.types).isWhole());
    }
}
