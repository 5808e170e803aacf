package org.kdump.vmcore;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A range of physical memory.
///
/// @param start physical address of its first byte
/// @param end physical address after its last byte
public record PhysicalRange(long start, long end) {
    /// Its length in bytes.
    public long size() {
        return end - start;
    }

    /// Whether it holds the byte at `address`.
    public boolean contains(long address) {
        return Long.compareUnsigned(address, start) >= 0 && Long.compareUnsigned(address, end) < 0;
    }

    /// The same bytes as sorted ranges that neither overlap nor touch.
    public static List<PhysicalRange> merge(List<PhysicalRange> ranges) {
        List<PhysicalRange> sorted = new ArrayList<>(ranges);
        sorted.sort(Comparator.comparingLong(PhysicalRange::start));
        List<PhysicalRange> merged = new ArrayList<>();
        for (PhysicalRange range : sorted) {
            PhysicalRange last = merged.isEmpty() ? null : merged.getLast();
            if (last != null && range.start <= last.end) {
                merged.set(merged.size() - 1, new PhysicalRange(last.start, Math.max(last.end, range.end)));
            } else if (range.end > range.start) {
                merged.add(range);
            }
        }
        return List.copyOf(merged);
    }
}
