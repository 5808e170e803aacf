package org.kdump.vmcore.flattened;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.kdump.elf.ByteSource;
import org.kdump.elf.MalformedInputException;

/// The dump that a flattened file tells how to write, without writing it: [FlattenedHeader] has the map.
///
/// An index says where each byte stands. Records of one size that follow each other, in the file and in the dump, share
/// an entry, as makedumpfile writes nearly all of them. A file that ends early, or in damage, is read as far as it
/// goes. Immutable once opened.
public final class FlattenedSource implements ByteSource {
    private static final int MOST_PIECES = 1 << 22;

    private final ByteSource file;
    private final NavigableMap<Long, Piece> pieces = new TreeMap<>();
    private long size;

    private FlattenedSource(ByteSource file) {
        this.file = file;
    }

    /// Records of one size, one behind the other.
    ///
    /// @param offset of the first in the dump
    /// @param position of the first one's bytes in the file
    /// @param recordSize bytes of each
    private record Run(long offset, long position, long recordSize) {
        long position(long at) {
            long inRun = at - offset;
            return position + inRun + inRun / recordSize * FlattenedHeader.RECORD;
        }

        /// How many bytes from `at` on stand in one piece in the file.
        long contiguous(long at) {
            return recordSize - (at - offset) % recordSize;
        }
    }

    /// A part of a run that no later record is for.
    private record Piece(long from, long to, Run run) {}

    /// Reads the index; closing `file` stays the caller's.
    ///
    /// @throws MalformedInputException if it is no flattened file, or one of too many records to be read in place
    /// @throws IOException if it cannot be read
    public static FlattenedSource open(ByteSource file) throws IOException {
        MemorySegment start = file.slice(0, FlattenedHeader.SIZE, "makedumpfile_header");
        if (!FlattenedHeader.isStart(ByteBuffer.wrap(start.toArray(ValueLayout.JAVA_BYTE)))) {
            throw new MalformedInputException(
                    file.name(), 0, "makedumpfile_header", "type", "this kind of flattened dump is not known");
        }
        FlattenedSource source = new FlattenedSource(file);
        source.index();
        return source;
    }

    private void index() throws IOException {
        long end = file.size();
        byte[] header = new byte[FlattenedHeader.RECORD];
        long position = FlattenedHeader.SIZE;
        Piece open = null;
        while (file.read(position, MemorySegment.ofArray(header)) == header.length) {
            ByteBuffer numbers = ByteBuffer.wrap(header);
            long offset = numbers.getLong();
            long length = numbers.getLong();
            position += header.length;
            if (offset < 0 || length < 0 || length > Long.MAX_VALUE - offset) {
                // The end, or damage: behind a record of unknown size nothing can be found.
                break;
            }
            long available = Math.min(length, end - position);
            if (available > 0) {
                open = add(open, offset, position, length, available);
            }
            position += available;
        }
        put(open);
    }

    /// @return the piece that the next record may continue
    private Piece add(Piece open, long offset, long position, long length, long available) {
        size = Math.max(size, offset + available);
        if (open != null
                && open.to == offset
                && open.run.recordSize == length
                && open.run.position(offset) == position) {
            return new Piece(open.from, offset + available, open.run);
        }
        put(open);
        return new Piece(offset, offset + available, new Run(offset, position, length));
    }

    /// Puts a piece over those that are there.
    private void put(Piece piece) {
        if (piece == null) {
            return;
        }
        if (pieces.size() >= MOST_PIECES) {
            throw new MalformedInputException(
                    name(),
                    -1,
                    "makedumpfile_data_header",
                    "",
                    "too many records; rearrange it with: kdump convert -R");
        }
        Map.Entry<Long, Piece> before = pieces.lowerEntry(piece.to);
        while (before != null && before.getValue().to > piece.from) {
            Piece old = before.getValue();
            pieces.remove(old.from);
            if (old.to > piece.to) {
                pieces.put(piece.to, new Piece(piece.to, old.to, old.run));
            }
            if (old.from < piece.from) {
                pieces.put(old.from, new Piece(old.from, piece.from, old.run));
            }
            before = pieces.lowerEntry(piece.to);
        }
        pieces.put(piece.from, piece);
    }

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int read(long offset, MemorySegment target) throws IOException {
        int wanted = (int) Math.min(Math.min(target.byteSize(), Integer.MAX_VALUE), Math.max(0, size - offset));
        int done = 0;
        while (done < wanted) {
            int count = readSome(offset + done, target.asSlice(done, wanted - done));
            if (count == 0) {
                break;
            }
            done += count;
        }
        return done;
    }

    private int readSome(long at, MemorySegment target) throws IOException {
        Map.Entry<Long, Piece> entry = pieces.floorEntry(at);
        if (entry == null || entry.getValue().to <= at) {
            Long next = pieces.higherKey(at);
            long hole = Math.min(target.byteSize(), next == null ? Long.MAX_VALUE : next - at);
            target.asSlice(0, hole).fill((byte) 0);
            return (int) hole;
        }
        Piece piece = entry.getValue();
        long count = Math.min(target.byteSize(), Math.min(piece.to - at, piece.run.contiguous(at)));
        return file.read(piece.run.position(at), target.asSlice(0, count));
    }

    @Override
    public Optional<MemorySegment> map(long offset, long length, Arena arena) throws IOException {
        Map.Entry<Long, Piece> entry = offset < 0 ? null : pieces.floorEntry(offset);
        if (entry == null || length < 0 || length > entry.getValue().to - offset) {
            return Optional.empty();
        }
        Run run = entry.getValue().run;
        return length > run.contiguous(offset) ? Optional.empty() : file.map(run.position(offset), length, arena);
    }
}
