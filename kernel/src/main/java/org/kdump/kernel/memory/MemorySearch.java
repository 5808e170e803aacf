package org.kdump.kernel.memory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.kdump.kernel.object.Partial;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Vmcore;

/// Looks for a word in all memory that the dump has, on all processors.
///
/// @param value what is looked for, 8 bytes in the machine's order
/// @param mask of its bits that do not matter
public record MemorySearch(long value, long mask) {
    private static final int PIECE = 1 << 20;

    /// A place where it is.
    ///
    /// @param address physical, a multiple of 8
    /// @param value what is there
    public record Hit(long address, long value) {}

    /// Looks for it.
    ///
    /// @param most how many are remembered
    /// @return by rising address
    /// @throws IOException if the dump cannot be read
    public Partial<Hit> in(Vmcore vmcore, int most) throws IOException {
        List<Hit> hits = new ArrayList<>();
        AtomicLong more = new AtomicLong();
        try {
            for (PhysicalRange range : vmcore.memory()) {
                LongStream.range(0, Math.ceilDiv(range.end() - range.start(), PIECE))
                        .parallel()
                        .forEach(piece -> piece(vmcore, range, range.start() + piece * PIECE, hits, most, more));
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        hits.sort(Comparator.comparingLong(Hit::address));
        return new Partial<>(
                hits, more.get() == 0 ? Optional.empty() : Optional.of(more + " more places are left out"));
    }

    private void piece(Vmcore vmcore, PhysicalRange range, long start, List<Hit> hits, int most, AtomicLong more) {
        int length = (int) Math.min(PIECE, range.end() - start);
        long[] words = new long[length / Long.BYTES];
        int page = vmcore.pageSize() / Long.BYTES;
        int at = 0;
        while (at < words.length) {
            int read = read(vmcore, start + (long) at * Long.BYTES, words, at) / Long.BYTES;
            look(words, at, at + read, start, hits, most, more);
            // What is not in the dump is passed over page by page.
            at = read == 0 ? at + page : at + read;
        }
    }

    private static int read(Vmcore vmcore, long address, long[] words, int at) {
        try {
            MemorySegment rest = MemorySegment.ofArray(words).asSlice((long) at * Long.BYTES);
            return (int) vmcore.read(address, rest);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void look(long[] words, int from, int to, long start, List<Hit> hits, int most, AtomicLong more) {
        long wanted = value & ~mask;
        for (int i = from; i < to; i++) {
            if ((words[i] & ~mask) == wanted) {
                synchronized (hits) {
                    if (hits.size() < most) {
                        hits.add(new Hit(start + (long) i * Long.BYTES, words[i]));
                    } else {
                        more.incrementAndGet();
                    }
                }
            }
        }
    }
}
