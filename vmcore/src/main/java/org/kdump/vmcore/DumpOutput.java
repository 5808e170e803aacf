package org.kdump.vmcore;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.List;
import org.kdump.elf.ByteSink;
import org.kdump.elf.Note;

/// A dump file while it is written, by offset: headers change when the pages behind them are known.
///
/// What is skipped is a hole that reads as zeroes. Used by one thread at a time.
public final class DumpOutput {
    private static final int ALIGNMENT_OF_NOTES = 4;

    private final String name;
    private final FileChannel channel;
    private long size;

    /// @param name the file's name for errors
    /// @param channel open for reading and writing, and empty; closing it stays the caller's
    public DumpOutput(String name, FileChannel channel) {
        this.name = name;
        this.channel = channel;
    }

    /// Bytes from the file's start to the last one written.
    public long size() {
        return size;
    }

    /// Writes all that remains in `bytes`.
    ///
    /// @throws IOException if it cannot be written, a full disk for one
    public void write(long offset, ByteBuffer bytes) throws IOException {
        long at = offset;
        try {
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        } catch (IOException problem) {
            throw new IOException(name + ": cannot be written at byte " + at + ": " + problem.getMessage(), problem);
        }
        size = Math.max(size, at);
    }

    /// Writes all of `bytes`, 2 GiB at most.
    ///
    /// @throws IOException if it cannot be written
    public void write(long offset, MemorySegment bytes) throws IOException {
        write(offset, bytes.asByteBuffer());
    }

    /// Writes what `sink` holds.
    ///
    /// @throws IOException if it cannot be written
    public void write(long offset, ByteSink sink) throws IOException {
        write(offset, ByteBuffer.wrap(sink.toByteArray()));
    }

    /// Fills `bytes` with what was written at `offset`, and with zeroes where the file ends before.
    ///
    /// @throws IOException if it cannot be read
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

    /// Makes the file at least `length` bytes long; what is new reads as zeroes.
    ///
    /// @throws IOException if it cannot be written
    public void extend(long length) throws IOException {
        if (length > size) {
            write(length - 1, ByteBuffer.allocate(1));
        }
    }

    /// Writes ELF notes one behind the other, without a copy of what they hold.
    ///
    /// @return where each note's description stands, in bytes from the file's start
    /// @throws IOException if they cannot be written
    public long[] writeNotes(long offset, List<Note> notes, ByteOrder order) throws IOException {
        long[] descriptions = new long[notes.size()];
        long at = offset;
        for (int i = 0; i < descriptions.length; i++) {
            Note note = notes.get(i);
            ByteSink header = new ByteSink(order);
            Note.writeHeader(
                    header, note.name(), note.type(), note.description().byteSize());
            write(at, header);
            descriptions[i] = at + header.size();
            write(descriptions[i], note.description());
            at += size(note);
            extend(at);
        }
        return descriptions;
    }

    /// Bytes that `notes` take in a file.
    public static long size(List<Note> notes) {
        return notes.stream().mapToLong(DumpOutput::size).sum();
    }

    private static long size(Note note) {
        ByteSink header = new ByteSink(ByteOrder.nativeOrder());
        Note.writeHeader(header, note.name(), note.type(), 0);
        long end = header.size() + note.description().byteSize();
        return end + (-end & ALIGNMENT_OF_NOTES - 1);
    }

    /// Waits until all that was written is on the disk.
    ///
    /// @throws IOException if the disk did not take it
    public void force() throws IOException {
        channel.force(true);
    }
}
