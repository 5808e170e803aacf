package org.kdump.vmcore.flattened;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.kdump.vmcore.DumpOutput;

/// A dump that leaves through a pipe, or is kept, in makedumpfile's flattened format; see [FlattenedSource] to read it.
///
/// Each write is one record. One that was not ended lacks the last record, and is thereby known to be incomplete.
public final class FlattenedOutput extends DumpOutput {
    private final String name;
    private final WritableByteChannel channel;

    /// Writes the start.
    ///
    /// @param name what errors call it
    /// @param channel closing it stays the caller's
    /// @throws IOException if it cannot be written
    public FlattenedOutput(String name, WritableByteChannel channel) throws IOException {
        this.name = name;
        this.channel = channel;
        send(FlattenedHeader.start());
    }

    @Override
    public boolean isStream() {
        return true;
    }

    @Override
    protected void put(long offset, ByteBuffer bytes) throws IOException {
        if (bytes.hasRemaining()) {
            send(FlattenedHeader.record(offset, bytes.remaining()));
            send(bytes);
        }
    }

    private void send(ByteBuffer bytes) throws IOException {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException problem) {
            throw new IOException(name + ": cannot be written to any more: " + problem.getMessage(), problem);
        }
    }

    @Override
    public void read(long offset, ByteBuffer bytes) {
        throw new UnsupportedOperationException("a stream cannot be read back");
    }

    @Override
    public void force() {
        // What is sent has left.
    }

    @Override
    public void end() throws IOException {
        send(FlattenedHeader.record(FlattenedHeader.END, FlattenedHeader.END));
    }
}
