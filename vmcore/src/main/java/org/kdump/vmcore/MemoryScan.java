package org.kdump.vmcore;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Goes through memory from its first address to its last, a window at a time; what cannot be read is passed over.
///
/// @param memory what is read
/// @param ranges where it is, each from a multiple of 4096 on
public record MemoryScan(Memory memory, List<PhysicalRange> ranges) {
    private static final int WINDOW = 1 << 20;

    /// No machine's pages are smaller.
    private static final int LEAST_PAGE = 4096;

    /// Memory that is read by address.
    @FunctionalInterface
    public interface Memory {
        /// Reads as far as there is something.
        ///
        /// @return the number of bytes
        /// @throws IOException if it cannot be read
        long read(long address, MemorySegment target) throws IOException;
    }

    /// What looks at the windows.
    @FunctionalInterface
    public interface Visitor {
        /// Looks at one.
        ///
        /// @param address where it begins, a multiple of 4096
        /// @param words what is there, in the byte order of this machine
        /// @param count how many of them are
        /// @return whether to go on
        /// @throws IOException if what it reads besides cannot be read
        boolean look(long address, long[] words, int count) throws IOException;
    }

    /// All memory of a dump.
    ///
    /// @throws IOException if it cannot be read
    public static MemoryScan of(Vmcore vmcore) throws IOException {
        return new MemoryScan(vmcore::read, vmcore.memory());
    }

    /// Shows each window, until the visitor has seen enough.
    ///
    /// @throws IOException if the memory cannot be read
    public void show(Visitor visitor) throws IOException {
        long[] words = new long[WINDOW / Long.BYTES];
        for (PhysicalRange range : ranges) {
            for (long at = range.start(); range.contains(at); ) {
                long wanted = Math.min(WINDOW, range.end() - at);
                long read = memory.read(at, MemorySegment.ofArray(words).asSlice(0, wanted));
                if (read > 0 && !visitor.look(at, words, (int) (read / Long.BYTES))) {
                    return;
                }
                at += Math.max(LEAST_PAGE, read + LEAST_PAGE - 1 & -LEAST_PAGE);
            }
        }
    }
}
