package org.kdump.kexec;

import java.util.ArrayList;
import java.util.List;

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

    /// The lowest free memory of `size` bytes, in whole pages, that starts at `from` or higher.
    ///
    /// @param alignment what its address is a multiple of
    /// @throws KexecException if there is none
    AddressRange lowest(String what, long size, long alignment, long from) throws KexecException {
        for (AddressRange range : free()) {
            long start = Math.ceilDiv(Math.max(range.start(), from), alignment) * alignment;
            if (start >= range.start() && start < range.end() && range.end() - start >= pages(size)) {
                return take(AddressRange.ofSize(start, pages(size)));
            }
        }
        throw none(what, size);
    }

    /// The highest free memory of `size` bytes, in whole pages; empty for none.
    ///
    /// @throws KexecException if there is none
    AddressRange highest(String what, long size) throws KexecException {
        if (size == 0) {
            return new AddressRange(0, 0);
        }
        for (AddressRange range : free().reversed()) {
            long start = range.end() / PAGE_SIZE * PAGE_SIZE - pages(size);
            if (start >= range.start()) {
                return take(AddressRange.ofSize(start, pages(size)));
            }
        }
        throw none(what, size);
    }

    private List<AddressRange> free() {
        return offered.stream().flatMap(range -> range.without(taken).stream()).toList();
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
