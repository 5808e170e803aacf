package org.kdump.vmcore.paging;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// What the entry of an x86_64 page table that maps a page says of it (arch/x86/include/asm/pgtable_types.h;
/// Intel SDM
/// volume 3, 4.5).
///
/// ```
/// bit 0 present | 1 writable | 2 user | 3 write-through | 4 not cached | 5 accessed | 6 dirty | 7 large
/// page, or PAT
///     8 global | 12 … 51 address | 63 not executable
/// ```
///
/// @param value the entry
public record PageEntry(long value) {
    private static final List<String> FLAGS =
            List.of("PRESENT", "RW", "USER", "PWT", "PCD", "ACCESSED", "DIRTY", "PSE", "GLOBAL");

    private static final long ADDRESS = 0x000f_ffff_ffff_f000L;

    /// Whether the page is there.
    public boolean isPresent() {
        return (value & 1) != 0;
    }

    /// The page's physical address.
    public long physicalAddress() {
        return value & ADDRESS;
    }

    /// Its flags, in crash's words.
    public List<String> flags() {
        List<String> all = new ArrayList<>(IntStream.range(0, FLAGS.size())
                .filter(bit -> (value >> bit & 1) != 0)
                .mapToObj(FLAGS::get)
                .toList());
        if (value < 0) {
            all.add("NX");
        }
        return List.copyOf(all);
    }
}
