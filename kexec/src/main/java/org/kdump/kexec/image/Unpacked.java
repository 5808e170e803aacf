package org.kdump.kexec.image;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What comes out of a compressed file, as much memory as it needs and no more than a limit: a file of a few KiB can
/// unpack to all of memory.
final class Unpacked implements AutoCloseable {
    private static final int PIECE = 1 << 16;
    private static final long FIRST = 16 << 20;

    private final String name;
    private final long limit;
    private Arena arena = Arena.ofConfined();
    private MemorySegment room = MemorySegment.NULL;
    private long size;

    /// @param name of the compressed file, for errors
    /// @param limit bytes that it may unpack to
    Unpacked(String name, long limit) {
        this.name = name;
        this.limit = limit;
    }

    /// Takes in all that the stream has.
    ///
    /// @throws ImageException if it is more than the limit
    void addAll(InputStream stream) throws IOException {
        byte[] piece = new byte[PIECE];
        for (int count = stream.read(piece); count >= 0; count = stream.read(piece)) {
            add(MemorySegment.ofArray(piece).asSlice(0, count));
        }
    }

    /// Takes in a piece.
    ///
    /// @throws ImageException if it gets more than the limit
    void add(MemorySegment piece) throws ImageException {
        long needed = size + piece.byteSize();
        if (needed > limit) {
            throw new ImageException(name + ": unpacks to more than " + (limit >> 20) + " MiB, which no kernel has");
        }
        if (needed > room.byteSize()) {
            grow(needed);
        }
        MemorySegment.copy(piece, 0, room, size, piece.byteSize());
        size = needed;
    }

    private void grow(long needed) {
        Arena larger = Arena.ofConfined();
        MemorySegment moved =
                larger.allocate(Math.min(limit, Math.max(Math.max(FIRST, needed), room.byteSize() * 2)), Long.BYTES);
        MemorySegment.copy(room, 0, moved, 0, size);
        arena.close();
        arena = larger;
        room = moved;
    }

    /// A copy of all of it.
    MemorySegment in(Arena other) {
        return other.allocate(size, Placement.PAGE_SIZE).copyFrom(room.asSlice(0, size));
    }

    @Override
    public void close() {
        arena.close();
    }
}
