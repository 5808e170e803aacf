package org.kdump.qemu;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The other side of a socket, played from a script: for each step it expects bytes, answers, and expects more.
final class FakePeer implements AutoCloseable {
    private final Path socket;
    private final ServerSocketChannel server;
    private final Thread thread;
    private volatile String trouble = "";

    /// @param expected exactly what must come
    /// @param answer what is sent then
    /// @param after exactly what must come then
    record Step(String expected, String answer, String after) {}

    FakePeer(Path socket, List<Step> steps) throws IOException {
        Files.deleteIfExists(socket);
        this.socket = socket;
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        this.thread = Thread.ofVirtual().start(() -> play(steps));
    }

    Path socket() {
        return socket;
    }

    /// What did not go by the script; known once all of it was played.
    String trouble() throws InterruptedException {
        thread.join();
        return trouble;
    }

    private void play(List<Step> steps) {
        try (SocketChannel channel = server.accept()) {
            for (Step step : steps) {
                expect(channel, step.expected);
                channel.write(ByteBuffer.wrap(step.answer.getBytes(StandardCharsets.ISO_8859_1)));
                expect(channel, step.after);
            }
        } catch (IOException failed) {
            trouble = failed.toString();
        }
    }

    private static void expect(SocketChannel channel, String text) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(text.length());
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
            // Until all is there.
        }
        String came = new String(buffer.array(), 0, buffer.position(), StandardCharsets.ISO_8859_1);
        if (!came.equals(text)) {
            throw new IOException("expected " + text + " but " + came + " came");
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
