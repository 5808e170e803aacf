package org.kdump.vmcore.paging;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.kdump.vmcore.MemoryScan;
import org.kdump.vmcore.Vmcore;

/// Finds the kernel's own top page table among all pages of an x86_64 machine, where nothing tells of it.
///
/// It lies in the kernel's image (`init_top_pgt`, arch/x86/kernel/head_64.S), which its last entry maps from
/// `__START_KERNEL_map` on, all at one distance from where it is in memory (`phys_base`); so it says of itself where it
/// is. It maps all of memory too (the direct map), and nothing of user's: the tables of processes, which map the same
/// image, lie outside of it.
record X86KernelSearch(Vmcore vmcore) {
    private static final int ENTRIES = 512;
    private static final int PAGE_SHIFT = 12;
    private static final int LARGE_SHIFT = 21;
    private static final int UPPER_HALF = ENTRIES / 2;
    private static final long PRESENT = 1;
    private static final long LARGE = 1 << 7;
    private static final long ADDRESS = 0x000f_ffff_ffff_f000L;
    /// The entry of a PUD that maps `__START_KERNEL_map`; the one of the tables above is their last.
    private static final int IMAGE = ENTRIES - 2;

    /// What was found.
    ///
    /// @param root the top table's physical address
    /// @param start where the image begins, virtual
    /// @param physBase its distance from where it was linked for, in bytes
    /// @param fiveLevels whether there are tables of five levels
    /// @param encryptionMask the bit of an address that marks encrypted memory, or 0
    record Found(long root, long start, long physBase, boolean fiveLevels, long encryptionMask) {
        X86Paging paging(Vmcore vmcore) {
            return new X86Paging(vmcore, physBase - X86Paging.START_KERNEL_MAP, fiveLevels, encryptionMask);
        }

        /// Where the kernel sees its top table.
        long virtualRoot() {
            return root - physBase + X86Paging.START_KERNEL_MAP;
        }
    }

    /// Goes through all memory of the dump.
    ///
    /// @return empty if there is no such table in it
    /// @throws IOException if the dump cannot be read
    Optional<Found> find() throws IOException {
        Found[] found = {null};
        long memory = Long.highestOneBit(Math.max(1, vmcore.maxPfn() * vmcore.pageSize() - 1)) * 2;
        MemoryScan.of(vmcore).show((address, words, count) -> {
            for (int page = 0; page + ENTRIES <= count && found[0] == null; page += ENTRIES) {
                if (mayBeTop(words, page)) {
                    found[0] = at(address + (long) page * Long.BYTES, words[page + ENTRIES - 1], memory)
                            .orElse(null);
                }
            }
            return found[0] == null;
        });
        return Optional.ofNullable(found[0]);
    }

    /// The last entry maps the image, some of the others the direct map, none of them user memory.
    private static boolean mayBeTop(long[] words, int page) {
        long last = words[page + ENTRIES - 1];
        if ((last & (PRESENT | LARGE)) != PRESENT) {
            return false;
        }
        boolean direct = false;
        for (int i = 0; i < ENTRIES - 1; i++) {
            if ((words[page + i] & PRESENT) != 0) {
                if (i < UPPER_HALF) {
                    return false;
                }
                direct = true;
            }
        }
        return direct;
    }

    /// @param memory a power of two that no address of the machine reaches
    private Optional<Found> at(long root, long last, long memory) throws IOException {
        // An address beyond all memory has a bit that is none of an address.
        long mask = last & ADDRESS & -memory;
        if (Long.bitCount(mask) > 1) {
            return Optional.empty();
        }
        long[] below = table(last & ~mask);
        Optional<Found> four = image(root, below, false, mask);
        boolean more = four.isEmpty() && (below[ENTRIES - 1] & (PRESENT | LARGE)) == PRESENT;
        return more ? image(root, table(below[ENTRIES - 1] & ~mask), true, mask) : four;
    }

    /// @param directory a PUD
    private Optional<Found> image(long root, long[] directory, boolean fiveLevels, long mask) throws IOException {
        if ((directory[IMAGE] & (PRESENT | LARGE)) != PRESENT) {
            return Optional.empty();
        }
        long[] middle = table(directory[IMAGE] & ~mask);
        for (int i = 0; i < ENTRIES; i++) {
            if ((middle[i] & PRESENT) != 0) {
                long start = X86Paging.START_KERNEL_MAP + ((long) i << LARGE_SHIFT);
                return found(root, start, middle[i] & ~mask, fiveLevels, mask);
            }
        }
        return Optional.empty();
    }

    /// @param first the entry that maps the image's beginning
    private Optional<Found> found(long root, long start, long first, boolean fiveLevels, long mask) throws IOException {
        long physical =
                (first & LARGE) != 0 ? first & ADDRESS & -(1L << LARGE_SHIFT) : table(first)[0] & ADDRESS & ~mask;
        long physBase = physical - (start - X86Paging.START_KERNEL_MAP);
        Found found = new Found(root, start, physBase, fiveLevels, mask);
        boolean inImage = found.virtualRoot() > start && found.virtualRoot() < start + X86Paging.LARGEST_IMAGE;
        return inImage && found.paging(vmcore).maps(found.virtualRoot(), root) ? Optional.of(found) : Optional.empty();
    }

    /// A table; what of it is not in the dump is not present.
    private long[] table(long entry) throws IOException {
        long[] table = new long[ENTRIES];
        vmcore.read(entry & ADDRESS & -(1L << PAGE_SHIFT), MemorySegment.ofArray(table));
        return table;
    }
}
