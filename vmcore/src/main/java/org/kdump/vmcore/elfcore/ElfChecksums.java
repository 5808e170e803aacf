package org.kdump.vmcore.elfcore;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.Note;
import org.kdump.elf.ProgramHeader;

/// Checksums that our writer adds to an ELF core behind all that its headers tell of, where other readers do not look.
/// They end the file:
///
/// ```
///  0        sums       4 each   CRC-32 of each piece of the memory's data in the file; holes are zeroes
///  then
///  0        start      8        where the first piece begins, in bytes from the file's start
///  8        length     8        bytes of all pieces; the last may be a shorter one
/// 16        piece      8        bytes of a piece
/// 24        headers    4        CRC-32 of the ELF header, the program headers and the notes' descriptions
/// 28        version    4        1
/// 32        signature  8        "KDUMPSUM"
/// ```
///
/// In the byte order of the file. A core that is not complete has none.
///
/// @param start as above
/// @param length as above
/// @param piece as above
/// @param headers as an unsigned 32-bit number
record ElfChecksums(long start, long length, long piece, long headers) {
    private static final int SIZE = 40;
    private static final int VERSION = 1;
    private static final String SIGNATURE = "KDUMPSUM";
    private static final long SMALLEST_PIECE = 1 << 20;
    private static final int MOST_PIECES = 1 << 16;
    private static final int BUFFER = 1 << 20;

    /// Those of a file; empty if it has none, or none that can be true.
    static Optional<ElfChecksums> read(ByteSource source, ByteOrder order) throws IOException {
        long at = source.size() - SIZE;
        if (at < 0) {
            return Optional.empty();
        }
        MemorySegment bytes = source.slice(at, SIZE, "checksums");
        ByteCursor cursor = new ByteCursor(source.name(), at, "checksums", bytes, order);
        ElfChecksums sums =
                new ElfChecksums(cursor.u64("start"), cursor.u64("length"), cursor.u64("piece"), cursor.u32("headers"));
        boolean known = cursor.u32("version") == VERSION
                && cursor.text("signature", SIGNATURE.length()).equals(SIGNATURE);
        boolean possible = sums.start > 0 && sums.length >= 0 && sums.piece >= SMALLEST_PIECE;
        return known && possible && sums.start + sums.length == at - sums.pieces() * Integer.BYTES
                ? Optional.of(sums)
                : Optional.empty();
    }

    private long pieces() {
        return length / piece + (length % piece == 0 ? 0 : 1);
    }

    /// How large the pieces are of so much memory: there are never too many of them.
    static long piece(long memory) {
        return Math.max(SMALLEST_PIECE, Long.highestOneBit(memory / MOST_PIECES) << 1);
    }

    static void add(CRC32 sum, ElfClass elfClass, ByteOrder order, List<ProgramHeader> headers) {
        ByteSink sink = new ByteSink(order);
        headers.forEach(header -> header.write(sink, elfClass));
        sum.update(sink.toByteArray());
    }

    static void add(CRC32 sum, ElfHeader header, List<Note> notes) {
        ByteSink sink = new ByteSink(header.order());
        header.write(sink);
        sum.update(sink.toByteArray());
        notes.forEach(note -> sum.update(note.description().asByteBuffer()));
    }

    void write(ByteSink sink, List<Integer> sums) {
        sums.forEach(sum -> sink.u32(sum));
        sink.u64(start).u64(length).u64(piece).u32(headers).u32(VERSION);
        sink.text(SIGNATURE, SIGNATURE.length());
    }

    /// The pieces that do not have their checksum, those in a row as one sentence.
    List<String> damage(ByteSource source, ByteOrder order) throws IOException {
        List<String> damage = new ArrayList<>();
        byte[] buffer = new byte[BUFFER];
        long from = -1;
        for (long i = 0; i <= pieces(); i++) {
            long at = start + i * piece;
            boolean sound = i == pieces() || sum(source, at, buffer) == expected(source, order, i);
            if (sound && from >= 0) {
                damage.add("bytes " + from + " to " + Math.min(at, start + length)
                        + " of the file are damaged: they do not have their checksum");
                from = -1;
            } else if (!sound && from < 0) {
                from = at;
            }
        }
        return damage;
    }

    private long sum(ByteSource source, long at, byte[] buffer) throws IOException {
        CRC32 sum = new CRC32();
        long end = Math.min(at + piece, start + length);
        for (long from = at; from < end; ) {
            int wanted = (int) Math.min(buffer.length, end - from);
            int read = source.read(from, MemorySegment.ofArray(buffer).asSlice(0, wanted));
            sum.update(buffer, 0, read);
            from += wanted;
        }
        return sum.getValue();
    }

    private long expected(ByteSource source, ByteOrder order, long index) throws IOException {
        long at = start + length + index * Integer.BYTES;
        MemorySegment bytes = source.slice(at, Integer.BYTES, "checksums");
        return new ByteCursor(source.name(), at, "checksums", bytes, order).u32("sums");
    }

    /// The sums of data that is written by rising offset.
    static final class Running {
        private final long start;
        private final long piece;
        private final List<Integer> sums = new ArrayList<>();
        private final CRC32 sum = new CRC32();
        private final byte[] zeroes = new byte[1 << 12];
        private long next;

        Running(long start, long piece) {
            this.start = start;
            this.piece = piece;
            next = start;
        }

        void add(long offset, MemorySegment data) {
            skip(offset);
            for (long done = 0; done < data.byteSize(); ) {
                long count = Math.min(data.byteSize() - done, room());
                sum.update(data.asSlice(done, count).asByteBuffer());
                done += count;
                advance(count);
            }
        }

        /// Takes zeroes up to `offset`.
        private void skip(long offset) {
            while (next < offset) {
                long count = Math.min(Math.min(zeroes.length, offset - next), room());
                sum.update(zeroes, 0, (int) count);
                advance(count);
            }
        }

        private long room() {
            return piece - (next - start) % piece;
        }

        private void advance(long count) {
            next += count;
            if ((next - start) % piece == 0) {
                sums.add((int) sum.getValue());
                sum.reset();
            }
        }

        /// All that ends the file, whose data ends at `end`.
        void write(ByteSink sink, long end, long headers) {
            skip(end);
            if ((end - start) % piece != 0) {
                sums.add((int) sum.getValue());
            }
            new ElfChecksums(start, end - start, piece, headers).write(sink, sums);
        }
    }
}
