package org.kdump.vmcore;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.kdump.elf.ByteSink;
import org.kdump.elf.Note;

/// A dump while it is written, by offset: headers change when the pages behind them are known.
///
/// What is skipped reads as zeroes. Used by one thread at a time.
public abstract class DumpOutput {
    private static final int ALIGNMENT_OF_NOTES = 4;

    private long size;

    /// Nothing is written yet.
    protected DumpOutput() {}

    /// Bytes from the dump's start to the last one written.
    public final long size() {
        return size;
    }

    /// Whether it leaves as it is written, through a pipe: then nothing can be read back, what is written a second time
    /// costs its place again, and a dump that ends early is known by that.
    public abstract boolean isStream();

    /// Writes all that remains in `bytes`.
    ///
    /// @throws IOException if it cannot be written, a full disk for one
    public final void write(long offset, ByteBuffer bytes) throws IOException {
        long end = offset + bytes.remaining();
        put(offset, bytes);
        size = Math.max(size, end);
    }

    /// Writes all that remains in `bytes`.
    ///
    /// @throws IOException if it cannot be written; the message is a line for the user
    protected abstract void put(long offset, ByteBuffer bytes) throws IOException;

    /// Fills `bytes` with what was written at `offset`, and with zeroes where the dump ends before.
    ///
    /// @throws IOException if it cannot be read
    /// @throws UnsupportedOperationException if it is a stream
    public abstract void read(long offset, ByteBuffer bytes) throws IOException;

    /// Waits until all that was written is on the disk, or has left.
    ///
    /// @throws IOException if the disk did not take it
    public abstract void force() throws IOException;

    /// Ends the dump: nothing is written any more.
    ///
    /// @throws IOException if the end cannot be written
    public abstract void end() throws IOException;

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
}
