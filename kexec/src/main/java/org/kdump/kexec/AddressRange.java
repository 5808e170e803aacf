package org.kdump.kexec;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A run of physical memory.
///
/// @param start physical address of its first byte, 0 or more
/// @param end physical address after its last byte, at least `start`
public record AddressRange(long start, long end) {
    /// @throws IllegalArgumentException if the end comes before the start
    public AddressRange {
        if (start < 0 || end < start) {
            throw new IllegalArgumentException("no range: " + Hex.of(start) + " to " + Hex.of(end));
        }
    }

    /// The range of `size` bytes at `start`.
    static AddressRange ofSize(long start, long size) {
        return new AddressRange(start, Math.addExact(start, size));
    }

    /// Its length in bytes.
    public long size() {
        return end - start;
    }

    boolean overlaps(AddressRange other) {
        return start < other.end && other.start < end;
    }

    boolean contains(AddressRange other) {
        return start <= other.start && other.end <= end;
    }

    /// What both have, empty if nothing.
    AddressRange intersection(AddressRange other) {
        long from = Math.max(start, other.start);
        return new AddressRange(from, Math.max(from, Math.min(end, other.end)));
    }

    /// What is left of this range without the others, in ascending order.
    List<AddressRange> without(List<AddressRange> others) {
        List<AddressRange> left = new ArrayList<>();
        long from = start;
        for (AddressRange other : sorted(others)) {
            AddressRange hole = intersection(other);
            if (hole.size() > 0) {
                addUnlessEmpty(left, from, hole.start);
                from = Math.max(from, hole.end);
            }
        }
        addUnlessEmpty(left, from, end);
        return left;
    }

    /// The ranges in ascending order, those that touch or overlap made one.
    static List<AddressRange> united(List<AddressRange> ranges) {
        List<AddressRange> united = new ArrayList<>();
        for (AddressRange range : sorted(ranges)) {
            if (!united.isEmpty() && united.getLast().end >= range.start) {
                AddressRange last = united.removeLast();
                united.add(new AddressRange(last.start, Math.max(last.end, range.end)));
            } else {
                united.add(range);
            }
        }
        return united;
    }

    private static List<AddressRange> sorted(List<AddressRange> ranges) {
        return ranges.stream()
                .sorted(Comparator.comparingLong(AddressRange::start))
                .toList();
    }

    private static void addUnlessEmpty(List<AddressRange> ranges, long start, long end) {
        if (start < end) {
            ranges.add(new AddressRange(start, end));
        }
    }

    /// As `/proc/iomem` writes it, the last byte named.
    @Override
    public String toString() {
        return Hex.of(start) + "-" + Hex.of(Math.max(start, end - 1));
    }
}
