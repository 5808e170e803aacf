package org.kdump.qemu;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;

/// A client of QEMU's gdb stub that reads and writes guest-*physical* memory.
///
/// The protocol (gdb manual, "Remote Protocol"; QEMU gdbstub/): a packet is
///
/// ```
/// $ PAYLOAD # CC     CC: sum of the payload's bytes modulo 256, two hexadecimal digits
/// +  or  -           the other side's answer: well received, or send again
/// ```
///
/// In a payload `}` means: the next byte XOR 0x20; `*` that the byte before is repeated (the next byte less 29 times).
/// The machine stands still from the moment of connection until [#close]. Not safe for use by several threads.
public final class GdbStub implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final int TRIES = 3;
    // QEMU's packets end at 4096 characters, two for a byte.
    private static final int CHUNK = 1024;
    private static final int LONGEST_PACKET = 1 << 16;

    private final SocketLink link;

    private GdbStub(SocketLink link) {
        this.link = link;
    }

    /// Connects to the stub that listens on a unix socket, which stops the machine.
    ///
    /// @throws IOException if nobody listens there, or it is not QEMU's stub
    public static GdbStub connect(Path socket) throws IOException {
        GdbStub stub = new GdbStub(SocketLink.connect(socket, CONNECT));
        boolean ready = false;
        try {
            stub.expectOk("Qqemu.PhyMemMode:1");
            ready = true;
            return stub;
        } finally {
            if (!ready) {
                stub.link.close();
            }
        }
    }

    /// Reads guest-physical memory.
    ///
    /// @param address the first byte's physical address
    /// @param size bytes, 0 or more
    /// @throws IOException if there is no memory there, or the connection fails
    public byte[] read(long address, int size) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(size);
        for (int done = 0; done < size; done += CHUNK) {
            int count = Math.min(CHUNK, size - done);
            String answer = exchange("m%s,%x".formatted(Long.toHexString(address + done), count));
            if (answer.length() != 2 * count) {
                throw refused("reading " + count + " bytes at physical 0x" + Long.toHexString(address + done), answer);
            }
            bytes.writeBytes(HexFormat.of().parseHex(answer));
        }
        return bytes.toByteArray();
    }

    /// Writes guest-physical memory.
    ///
    /// @param address the first byte's physical address
    /// @throws IOException if there is no memory there, or the connection fails
    public void write(long address, byte[] bytes) throws IOException {
        for (int done = 0; done < bytes.length; done += CHUNK) {
            int count = Math.min(CHUNK, bytes.length - done);
            String content = HexFormat.of().formatHex(bytes, done, done + count);
            expectOk("M%s,%x:%s".formatted(Long.toHexString(address + done), count, content));
        }
    }

    private void expectOk(String request) throws IOException {
        String answer = exchange(request);
        if (!answer.equals("OK")) {
            throw refused(request.length() > 40 ? request.substring(0, 40) + "…" : request, answer);
        }
    }

    private static IOException refused(String what, String answer) {
        return new IOException(
                "QEMU's gdb stub refused " + what + ": " + (answer.isEmpty() ? "not supported" : answer));
    }

    private String exchange(String request) throws IOException {
        long end = System.nanoTime() + ANSWER.toNanos();
        send(request, end);
        for (int tries = 0; tries < TRIES; tries++) {
            Packet packet = receive(end);
            link.write(new byte[] {(byte) (packet.intact ? '+' : '-')});
            if (packet.intact) {
                return packet.payload;
            }
        }
        throw new IOException("QEMU's gdb stub answered " + TRIES + " times with a wrong checksum");
    }

    private void send(String payload, long end) throws IOException {
        byte[] packet = frame(payload);
        for (int tries = 0; tries < TRIES; tries++) {
            link.write(packet);
            int answer = link.read(end);
            while (answer != '+' && answer != '-') {
                answer = link.read(end);
            }
            if (answer == '+') {
                return;
            }
        }
        throw new IOException("QEMU's gdb stub refused the checksum of " + payload + " " + TRIES + " times");
    }

    static byte[] frame(String payload) {
        byte[] bytes = payload.getBytes(StandardCharsets.ISO_8859_1);
        String framed = "$%s#%02x".formatted(payload, sum(bytes));
        return framed.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static int sum(byte[] bytes) {
        int sum = 0;
        for (byte value : bytes) {
            sum += value & 0xff;
        }
        return sum & 0xff;
    }

    private record Packet(String payload, boolean intact) {}

    private Packet receive(long end) throws IOException {
        while (link.read(end) != '$') {
            // What is left of an earlier exchange.
        }
        ByteArrayOutputStream raw = new ByteArrayOutputStream();
        for (int value = link.read(end); value != '#'; value = link.read(end)) {
            raw.write(value);
            if (raw.size() > LONGEST_PACKET) {
                throw new IOException("QEMU's gdb stub sent a packet without an end");
            }
        }
        String checksum = "" + (char) link.read(end) + (char) link.read(end);
        boolean intact = checksum.equalsIgnoreCase("%02x".formatted(sum(raw.toByteArray())));
        return new Packet(decode(raw.toByteArray()), intact);
    }

    private static String decode(byte[] raw) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < raw.length; i++) {
            int value = raw[i] & 0xff;
            boolean more = i + 1 < raw.length;
            if (value == '}' && more) {
                text.append((char) (raw[++i] & 0xff ^ 0x20));
            } else if (value == '*' && more && !text.isEmpty()) {
                int count = Math.max(0, (raw[++i] & 0xff) - 29);
                text.append(text.substring(text.length() - 1).repeat(count));
            } else {
                text.append((char) value);
            }
        }
        return text.toString();
    }

    /// Detaches, after which the machine goes on.
    @Override
    public void close() throws IOException {
        try (link) {
            expectOk("D");
        }
    }
}
