package org.kdump.vmcore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/// A dump that is written to a file; what is skipped is a hole of the file.
public final class FileOutput extends DumpOutput {
    private final String name;
    private final FileChannel channel;

    /// @param name the file's name for errors
    /// @param channel open for reading and writing, and empty; closing it stays the caller's
    public FileOutput(String name, FileChannel channel) {
        this.name = name;
        this.channel = channel;
    }

    @Override
    public boolean isStream() {
        return false;
    }

    @Override
    protected void put(long offset, ByteBuffer bytes) throws IOException {
        long at = offset;
        try {
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        } catch (IOException problem) {
            throw new IOException(name + ": cannot be written at byte " + at + ": " + problem.getMessage(), problem);
        }
    }

    @Override
    public void read(long offset, ByteBuffer bytes) throws IOException {
        long at = offset;
        while (bytes.hasRemaining()) {
            int count = channel.read(bytes, at);
            if (count < 0) {
                bytes.put(new byte[bytes.remaining()]);
                return;
            }
            at += count;
        }
    }

    @Override
    public void force() throws IOException {
        channel.force(true);
    }

    @Override
    public void end() {
        // A file ends where it was written to.
    }
}
