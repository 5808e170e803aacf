package org.kdump.kexec;

import java.util.ArrayList;
import java.util.List;
import org.kdump.kexec.image.Placement;

/// Physical memory from which the parts of an image take theirs, one after the other.
final class FreeMemory {
    /// Bytes of a page.
    static final long PAGE_SIZE = 4096;

    private final List<AddressRange> offered;
    private final List<AddressRange> taken = new ArrayList<>();

    /// @param ram what there is
    /// @param within what of it may be used
    FreeMemory(List<AddressRange> ram, AddressRange within) {
        offered = AddressRange.united(ram).stream()
                .map(range -> range.intersection(within))
                .filter(range -> range.size() > 0)
                .toList();
    }

    /// The lowest free memory of `size` bytes, in whole pages, where they can lie.
    ///
    /// @throws KexecException if there is none
    AddressRange lowest(String what, long size, Placement placement) throws KexecException {
        long alignment = placement.alignment();
        for (AddressRange range : free(placement.end())) {
            long start = Math.ceilDiv(Math.max(range.start(), placement.lowest()), alignment) * alignment;
            boolean allowed = !placement.fixed() || start == placement.lowest();
            if (allowed && start >= range.start() && start < range.end() && range.end() - start >= pages(size)) {
                return take(AddressRange.ofSize(start, pages(size)));
            }
        }
        throw none(what + (placement.fixed() ? " at " + Hex.of(placement.lowest()) : ""), size);
    }

    /// The highest free memory of `size` bytes, in whole pages; empty for none.
    ///
    /// @param below what it ends at or before
    /// @throws KexecException if there is none
    AddressRange highest(String what, long size, long below) throws KexecException {
        if (size == 0) {
            return new AddressRange(0, 0);
        }
        for (AddressRange range : free(below).reversed()) {
            long start = range.end() / PAGE_SIZE * PAGE_SIZE - pages(size);
            if (start >= range.start()) {
                return take(AddressRange.ofSize(start, pages(size)));
            }
        }
        throw none(what, size);
    }

    private List<AddressRange> free(long below) {
        AddressRange allowed = new AddressRange(0, below);
        return offered.stream()
                .map(allowed::intersection)
                .flatMap(range -> range.without(taken).stream())
                .toList();
    }

    private AddressRange take(AddressRange range) {
        taken.add(range);
        return range;
    }

    private KexecException none(String what, long size) {
        return new KexecException(
                "no room for the %s: it needs %d MiB in one piece, and System RAM within the bounds is %s"
                        .formatted(what, Sizing.mebibytes(size), offered.isEmpty() ? "none" : offered));
    }

    private static long pages(long size) {
        return Math.multiplyExact(Math.ceilDiv(size, PAGE_SIZE), PAGE_SIZE);
    }
}
