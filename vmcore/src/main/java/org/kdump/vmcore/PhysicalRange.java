package org.kdump.vmcore;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A range of physical memory, in bytes.
///
/// @param start the first address; addresses are unsigned 64 bits
/// @param end the first address behind it
public record PhysicalRange(long start, long end) {
    /// @throws IllegalArgumentException if it ends before it starts
    public PhysicalRange {
        if (Long.compareUnsigned(end, start) < 0) {
            throw new IllegalArgumentException(
                    "a range cannot end at 0x" + Long.toHexString(end) + ", before its start");
        }
    }

    /// Its length in bytes.
    public long length() {
        return end - start;
    }

    /// Whether `address` lies in it.
    public boolean contains(long address) {
        return Long.compareUnsigned(address, start) >= 0 && Long.compareUnsigned(address, end) < 0;
    }

    /// The same memory, sorted by address; ranges that touch or overlap become one, empty ones go.
    public static List<PhysicalRange> merge(List<PhysicalRange> ranges) {
        List<PhysicalRange> sorted = ranges.stream()
                .filter(range -> range.length() != 0)
                .sorted(Comparator.comparingLong((PhysicalRange range) -> range.start() ^ Long.MIN_VALUE))
                .toList();
        List<PhysicalRange> merged = new ArrayList<>();
        for (PhysicalRange range : sorted) {
            if (merged.isEmpty()
                    || Long.compareUnsigned(range.start(), merged.getLast().end()) > 0) {
                merged.add(range);
            } else if (Long.compareUnsigned(range.end(), merged.getLast().end()) > 0) {
                merged.add(new PhysicalRange(merged.removeLast().start(), range.end()));
            }
        }
        return List.copyOf(merged);
    }
}
