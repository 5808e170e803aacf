package org.kdump.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GdbStubTest {
    @TempDir
    Path folder;

    private FakePeer peer(List<FakePeer.Step> steps) throws IOException {
        return new FakePeer(folder.resolve("gdb"), steps);
    }

    private static FakePeer.Step on(String request, String answer) {
        return new FakePeer.Step(framed(request), "+" + framed(answer), "+");
    }

    private static String framed(String payload) {
        return new String(GdbStub.frame(payload), StandardCharsets.ISO_8859_1);
    }

    @Test
    void framesWithAChecksum() {
        assertEquals("$#00", framed(""));
        assertEquals("$OK#9a", framed("OK"));
        assertEquals("$m1000,4#8e", framed("m1000,4"));
    }

    @Test
    void readsAndWritesInChunks() throws Exception {
        String half = "ab".repeat(1024);
        List<FakePeer.Step> steps = List.of(
                on("Qqemu.PhyMemMode:1", "OK"),
                on("mfffff000,400", half),
                on("mfffff400,2", "0102"),
                on("M1000,3:0a0bff", "OK"),
                on("D", "OK"));
        try (FakePeer peer = peer(steps)) {
            try (GdbStub stub = GdbStub.connect(peer.socket())) {
                byte[] bytes = stub.read(0xfffff000L, 1026);
                assertEquals((byte) 0xab, bytes[1023]);
                assertEquals(2, bytes[1025]);
                stub.write(0x1000, new byte[] {10, 11, -1});
            }
            assertEquals("", peer.trouble());
        }
    }

    @Test
    void asksAgainWhereTheChecksumIsWrong() throws Exception {
        String request = framed("m10,2");
        List<FakePeer.Step> steps = List.of(
                on("Qqemu.PhyMemMode:1", "OK"),
                new FakePeer.Step(request, "-", ""),
                new FakePeer.Step(request, "+$0102#00", "-"),
                new FakePeer.Step("", framed("0102"), "+"),
                on("D", "OK"));
        try (FakePeer peer = peer(steps)) {
            try (GdbStub stub = GdbStub.connect(peer.socket())) {
                assertArrayEquals(new byte[] {1, 2}, stub.read(0x10, 2));
            }
            assertEquals("", peer.trouble());
        }
    }

    @Test
    void expandsRunsAndEscapes() throws Exception {
        // "0* " is four zeros: the character and ' ' - 29 = 3 more.
        try (FakePeer peer = peer(List.of(
                        on("Qqemu.PhyMemMode:1", "OK"), on("m10,2", "0* "), on("m10,1", "}\u00115"), on("D", "OK")));
                GdbStub stub = GdbStub.connect(peer.socket())) {
            assertArrayEquals(new byte[] {0, 0}, stub.read(0x10, 2));
            assertArrayEquals(new byte[] {0x15}, stub.read(0x10, 1));
        }
    }

    @Test
    void refusalIsAnError() throws Exception {
        try (FakePeer peer = peer(List.of(on("Qqemu.PhyMemMode:1", "")))) {
            IOException refused = assertThrows(IOException.class, () -> GdbStub.connect(peer.socket()));
            assertTrue(refused.getMessage().contains("not supported"), refused.getMessage());
        }
        try (FakePeer peer = peer(List.of(on("Qqemu.PhyMemMode:1", "OK"), on("m10,2", "E14"), on("D", "OK")));
                GdbStub stub = GdbStub.connect(peer.socket())) {
            IOException refused = assertThrows(IOException.class, () -> stub.read(0x10, 2));
            assertTrue(refused.getMessage().contains("0x10")
                    && refused.getMessage().contains("E14"));
        }
    }

    @Test
    void monitorCommandsAreAnsweredByTheirNumber() throws Exception {
        List<FakePeer.Step> steps = List.of(
                new FakePeer.Step("", "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n", ""),
                new FakePeer.Step(
                        command("qmp_capabilities", "{}", 1), "{\"return\": {}, \"id\": \"kdump-1\"}\r\n", ""),
                new FakePeer.Step(
                        command("stop", "{}", 2),
                        "{\"timestamp\": {}, \"event\": \"STOP\"}\r\n{\"return\": {}, \"id\": \"kdump-2\"}\r\n",
                        ""),
                new FakePeer.Step(
                        command("pmemsave", "{\"val\": 4096, \"size\": 8, \"filename\": \"/tmp/a\\u0022b\"}", 3),
                        "{\"id\": \"kdump-3\", \"error\": {\"class\": \"GenericError\", \"desc\": \"no room\"}}\r\n",
                        ""));
        try (FakePeer peer = peer(steps);
                Monitor monitor = Monitor.connect(peer.socket())) {
            monitor.pause();
            IOException refused =
                    assertThrows(IOException.class, () -> monitor.saveMemory(4096, 8, Path.of("/tmp/a\"b")));
            assertEquals("QEMU refused pmemsave: no room", refused.getMessage());
            assertEquals("", peer.trouble());
        }
    }

    private static String command(String name, String arguments, int number) {
        return "{\"execute\": \"%s\", \"arguments\": %s, \"id\": \"kdump-%d\"}\n".formatted(name, arguments, number);
    }
}
