package org.kdump.qemu;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/// A connection to a unix socket whose every read has a deadline. Not safe for use by several threads.
final class SocketLink implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Path path;
    private final SocketChannel channel;
    private final Selector selector;
    private final ByteBuffer received = ByteBuffer.allocate(1 << 14).limit(0);

    private SocketLink(Path path, SocketChannel channel, Selector selector) {
        this.path = path;
        this.channel = channel;
        this.selector = selector;
    }

    /// Connects, as soon as somebody listens.
    ///
    /// @throws IOException if nobody does within `deadline`
    static SocketLink connect(Path path, Duration deadline) throws IOException {
        long end = System.nanoTime() + deadline.toNanos();
        while (true) {
            try {
                return open(path);
            } catch (IOException notYet) {
                if (System.nanoTime() - end > 0) {
                    throw new IOException(path + ": nobody listens there: " + notYet.getMessage(), notYet);
                }
            }
            pause(path);
        }
    }

    private static SocketLink open(Path path) throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
        channel.configureBlocking(false);
        Selector selector = Selector.open();
        channel.register(selector, SelectionKey.OP_READ);
        return new SocketLink(path, channel, selector);
    }

    private static void pause(Path path) throws IOException {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(path + ": interrupted");
        }
    }

    void write(byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            if (channel.write(buffer) == 0) {
                pause(path);
            }
        }
    }

    /// The next byte.
    ///
    /// @param end the deadline, as of [System#nanoTime]
    /// @throws SocketTimeoutException if none comes in time
    /// @throws IOException if the other side has closed the connection
    int read(long end) throws IOException {
        while (!received.hasRemaining()) {
            fill(end);
        }
        return received.get() & 0xff;
    }

    private void fill(long end) throws IOException {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
            throw new SocketTimeoutException(path + ": no answer in time");
        }
        selector.select(left);
        selector.selectedKeys().clear();
        received.clear();
        try {
            if (channel.read(received) < 0) {
                throw new IOException(path + ": the other side has closed the connection");
            }
        } finally {
            received.flip();
        }
        if (Thread.interrupted()) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(path + ": interrupted");
        }
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            selector.close();
        }
    }
}
