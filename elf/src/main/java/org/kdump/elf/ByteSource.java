package org.kdump.elf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;

/// Bytes that are read by offset: a file, or memory that holds one.
///
/// Implementations are safe for use by several threads.
public interface ByteSource {
    /// What errors call it: the file's name as the user gave it.
    String name();

    /// Its length in bytes.
    ///
    /// @throws IOException if the file cannot be asked
    long size() throws IOException;

    /// Reads as many bytes as there are, from `offset` on, into `target`.
    ///
    /// @param offset byte offset, 0 or more; at or past the end nothing is read
    /// @return the number of bytes read, fewer than `target.byteSize()` only at the end of the source
    /// @throws IOException if the file cannot be read
    int read(long offset, MemorySegment target) throws IOException;

    /// The same bytes without a copy, where the source can do that.
    ///
    /// @param arena how long the bytes stay mapped; at most as long as the source is open
    /// @return empty if the source cannot, or ends before
    /// @throws IOException if the file cannot be read
    default Optional<MemorySegment> map(long offset, long length, Arena arena) throws IOException {
        return Optional.empty();
    }

    /// A copy of exactly `length` bytes at `offset`, on the heap.
    ///
    /// @param structure what the bytes are, for the error's text
    /// @throws MalformedInputException if the source ends before, or the range makes no sense
    /// @throws IOException if the file cannot be read
    default MemorySegment slice(long offset, long length, String structure) throws IOException {
        long size = size();
        if (offset < 0 || length < 0 || offset > size || length > size - offset || length > Integer.MAX_VALUE - 8) {
            throw new MalformedInputException(
                    name(),
                    offset,
                    structure,
                    "",
                    "needs " + Long.toUnsignedString(length) + " bytes, but the file has " + size
                            + "; it is truncated or damaged");
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) length]);
        int read = read(offset, bytes);
        if (read != length) {
            throw new MalformedInputException(
                    name(), offset + read, structure, "", "the file ended while it was being read");
        }
        return bytes;
    }

    /// A source over memory.
    static ByteSource of(String name, MemorySegment bytes) {
        return new InMemory(name, bytes);
    }

    /// A source over an open file; closing the channel stays the caller's.
    static ByteSource of(String name, FileChannel channel) {
        return new InFile(name, channel);
    }

    /// Memory that holds a file.
    record InMemory(String name, MemorySegment bytes) implements ByteSource {
        @Override
        public long size() {
            return bytes.byteSize();
        }

        @Override
        public int read(long offset, MemorySegment target) {
            long left = Math.max(0, bytes.byteSize() - offset);
            int count = (int) Math.min(left, Math.min(target.byteSize(), Integer.MAX_VALUE));
            MemorySegment.copy(bytes, Math.min(offset, bytes.byteSize()), target, 0, count);
            return count;
        }

        @Override
        public Optional<MemorySegment> map(long offset, long length, Arena arena) {
            return holds(size(), offset, length) ? Optional.of(bytes.asSlice(offset, length)) : Optional.empty();
        }
    }

    /// An open file.
    record InFile(String name, FileChannel channel) implements ByteSource {
        private static final int LARGEST_COPY = 1 << 16;

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public int read(long offset, MemorySegment target) throws IOException {
            Object array = target.heapBase().orElse(null);
            if (array == null || array instanceof byte[]) {
                return read(offset, target.asByteBuffer());
            }
            // A segment of another array has no buffer of bytes.
            byte[] bytes = new byte[(int) Math.min(target.byteSize(), LARGEST_COPY)];
            int count = 0;
            while (count < target.byteSize()) {
                int wanted = (int) Math.min(bytes.length, target.byteSize() - count);
                int read =
                        read(offset + count, ByteBuffer.wrap(bytes, 0, wanted).slice());
                MemorySegment.copy(MemorySegment.ofArray(bytes), 0, target, count, read);
                count += read;
                if (read < wanted) {
                    break;
                }
            }
            return count;
        }

        private int read(long offset, ByteBuffer buffer) throws IOException {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, offset + buffer.position()) < 0) {
                    break;
                }
            }
            return buffer.position();
        }

        @Override
        public Optional<MemorySegment> map(long offset, long length, Arena arena) throws IOException {
            if (!holds(size(), offset, length)) {
                return Optional.empty();
            }
            try {
                return Optional.of(channel.map(FileChannel.MapMode.READ_ONLY, offset, length, arena));
            } catch (IOException notMappable) {
                // Not every file can be mapped; reading it is always possible, and tells what else may be wrong.
                return Optional.empty();
            }
        }
    }

    private static boolean holds(long size, long offset, long length) {
        return offset >= 0 && length >= 0 && offset <= size && length <= size - offset;
    }
}
