package org.kdump.kernel.memory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.kdump.elf.Numbers;
import org.kdump.kernel.object.Partial;
import org.kdump.vmcore.PhysicalRange;

/// Looks for something in memory, on all processors.
///
/// @param wanted what
/// @param most how many places are remembered
public record MemorySearch(Wanted wanted, int most) {
    private static final int PIECE = 1 << 20;
    private static final int PAGE = 4096;

    /// What is looked for.
    public sealed interface Wanted {
        /// How far apart are the places where it can begin, in bytes.
        int step();

        /// Bytes that must be there to tell.
        int length();

        /// Whether it is at an offset.
        boolean is(MemorySegment memory, long offset);
    }

    /// A number.
    ///
    /// @param step its bytes, 2, 4 or 8; it is at their multiples
    /// @param value the number
    /// @param ignored bits of it that do not matter
    /// @param order of its bytes
    public record Number(int step, long value, long ignored, ByteOrder order) implements Wanted {
        /// @throws IllegalArgumentException if a number cannot have so many bytes
        public Number {
            if (step != 2 && step != 4 && step != 8) {
                throw new IllegalArgumentException(step + " bytes");
            }
            long bits = step == Long.BYTES ? -1 : (1L << step * Byte.SIZE) - 1;
            ignored |= ~bits;
        }

        @Override
        public int length() {
            return step;
        }

        @Override
        public boolean is(MemorySegment memory, long offset) {
            long found = step == 8
                    ? Numbers.s64(memory, offset, order)
                    : step == 4 ? Numbers.s32(memory, offset, order) : Numbers.u16(memory, offset, order);
            return ((found ^ value) & ~ignored) == 0;
        }
    }

    /// Text, anywhere.
    ///
    /// @param bytes of it, at least one
    public record Text(byte[] bytes) implements Wanted {
        @Override
        public int step() {
            return 1;
        }

        @Override
        public int length() {
            return bytes.length;
        }

        @Override
        public boolean is(MemorySegment memory, long offset) {
            for (int i = 0; i < bytes.length; i++) {
                if (Numbers.u8(memory, offset + i) != (bytes[i] & 0xff)) {
                    return false;
                }
            }
            return true;
        }
    }

    /// Memory of some kind.
    @FunctionalInterface
    public interface Source {
        /// Reads up to the first byte that is not there.
        ///
        /// @return how many bytes there are
        /// @throws IOException if they cannot be read
        long read(long address, MemorySegment target) throws IOException;
    }

    /// Looks for it.
    ///
    /// @param ranges of addresses in the source; what is not there is passed over
    /// @return the addresses, rising
    /// @throws IOException if the dump cannot be read
    public Partial<Long> in(Source source, List<PhysicalRange> ranges) throws IOException {
        Hits hits = new Hits(most);
        try {
            for (PhysicalRange range : ranges) {
                LongStream.range(0, Math.ceilDiv(range.length(), PIECE))
                        .parallel()
                        .forEach(piece -> piece(source, range, range.start() + piece * PIECE, hits));
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        hits.addresses.sort(Comparator.naturalOrder());
        return new Partial<>(
                hits.addresses,
                hits.more == 0 ? Optional.empty() : Optional.of(hits.more + " more places are left out"));
    }

    /// A piece, and as much behind it as something that begins in it may reach to.
    private void piece(Source source, PhysicalRange range, long start, Hits hits) {
        long piece = Math.min(PIECE, range.end() - start);
        MemorySegment bytes =
                MemorySegment.ofArray(new byte[(int) Math.min(PIECE + wanted.length() - 1, range.end() - start)]);
        long at = 0;
        while (at < bytes.byteSize()) {
            long read = read(source, start + at, bytes.asSlice(at));
            look(bytes, at, at + read, piece, start, hits);
            // What is not there is passed over page by page.
            long next = at + read;
            at = next == bytes.byteSize() ? next : ((start + next) / PAGE + 1) * PAGE - start;
        }
    }

    private static long read(Source source, long address, MemorySegment target) {
        try {
            return source.read(address, target);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void look(MemorySegment bytes, long from, long to, long piece, long start, Hits hits) {
        int step = wanted.step();
        long first = from + Math.floorMod(-(start + from), (long) step);
        long last = Math.min(to - wanted.length(), piece - 1);
        for (long offset = first; offset <= last; offset += step) {
            if (wanted.is(bytes, offset)) {
                hits.add(start + offset);
            }
        }
    }

    /// What several threads have found.
    private static final class Hits {
        private final List<Long> addresses = new ArrayList<>();
        private final int most;
        private long more;

        Hits(int most) {
            this.most = most;
        }

        synchronized void add(long address) {
            if (addresses.size() < most) {
                addresses.add(address);
            } else {
                more++;
            }
        }
    }
}
