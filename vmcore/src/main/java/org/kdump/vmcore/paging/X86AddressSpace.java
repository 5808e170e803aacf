package org.kdump.vmcore.paging;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.kdump.elf.Numbers;
import org.kdump.vmcore.Vmcore;

/// A walk of x86_64 page tables of 4 or 5 levels (Intel SDM volume 3, 4.5; AMD APM volume 2, 5.3).
///
/// ```
/// virtual address:  63 … 57 | 56 … 48  | 47 … 39  | 38 … 30  | 29 … 21  | 20 … 12  | 11 … 0
///                   sign    | PGD (5)  | P4D/PGD  | PUD      | PMD      | PTE      | offset
/// entry, 8 bytes:   bit 0 present, bit 7 maps a large page (PUD: 1 GiB, PMD: 2 MiB), bits 12 … 51 the
/// address
/// ```
final class X86AddressSpace implements AddressSpace {
    private static final int PAGE_SHIFT = 12;
    private static final int INDEX_BITS = 9;
    private static final int PUD = 3;
    private static final long PRESENT = 1;
    private static final long LARGE = 1 << 7;
    private static final long ADDRESS = 0x000f_ffff_ffff_f000L;
    private static final int CACHE_SIZE = 4096;

    private final Vmcore vmcore;
    private final long root;
    private final int levels;
    private final long addressMask;
    private final AtomicReferenceArray<Page> cache = new AtomicReferenceArray<>(CACHE_SIZE);

    /// @param root physical address of the top table; flags in its low 12 bits do not matter
    /// @param encryptionMask `sme_mask`: the bit that marks encrypted memory is no part of the address
    X86AddressSpace(Vmcore vmcore, long root, boolean fiveLevels, long encryptionMask) {
        this.vmcore = vmcore;
        this.levels = fiveLevels ? 5 : 4;
        this.addressMask = ADDRESS & ~encryptionMask;
        this.root = root & addressMask;
    }

    /// The large page that was found last: who reads a long way goes on in it.
    private volatile Page large = new Page(0, 0, 0);

    /// A virtual page of 4096 bytes that is known to be mapped, or a large one.
    private record Page(long number, long physicalAddress, long pageSize) {}

    @Override
    public Translation translate(long virtualAddress) throws IOException {
        long number = virtualAddress >>> PAGE_SHIFT;
        long offset = virtualAddress & ((1 << PAGE_SHIFT) - 1);
        int slot = (int) ((number ^ number >>> 12) & (CACHE_SIZE - 1));
        Page page = cache.get(slot);
        if (page != null && page.number() == number) {
            return new Translation.Mapped(page.physicalAddress() + offset, page.pageSize());
        }
        Page around = large;
        long inside = virtualAddress - (around.number() << PAGE_SHIFT);
        if (inside >= 0 && inside < around.pageSize()) {
            return new Translation.Mapped(around.physicalAddress() + inside, around.pageSize());
        }
        Translation translation = walk(virtualAddress, entry -> {});
        if (translation instanceof Translation.Mapped mapped && mapped.pageSize() > 1 << PAGE_SHIFT) {
            long into = virtualAddress & (mapped.pageSize() - 1);
            large = new Page(virtualAddress - into >>> PAGE_SHIFT, mapped.physicalAddress() - into, mapped.pageSize());
        } else if (translation instanceof Translation.Mapped mapped) {
            cache.set(slot, new Page(number, mapped.physicalAddress() - offset, mapped.pageSize()));
        }
        return translation;
    }

    @Override
    public List<TableEntry> walk(long virtualAddress) throws IOException {
        List<TableEntry> entries = new ArrayList<>();
        walk(virtualAddress, entries::add);
        return entries;
    }

    private Translation walk(long virtualAddress, Consumer<TableEntry> seen) throws IOException {
        int unused = Long.SIZE - PAGE_SHIFT - INDEX_BITS * levels;
        if (virtualAddress << unused >> unused != virtualAddress) {
            return new Translation.Unmapped(virtualAddress, name(levels), Translation.Reason.NOT_AN_ADDRESS, 0);
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[Long.BYTES]);
        long table = root;
        for (int level = levels; ; level--) {
            int shift = PAGE_SHIFT + INDEX_BITS * (level - 1);
            long index = virtualAddress >>> shift & ((1 << INDEX_BITS) - 1);
            if (vmcore.read(table + index * Long.BYTES, bytes) < Long.BYTES) {
                return new Translation.Unmapped(virtualAddress, name(level), Translation.Reason.TABLE_NOT_IN_DUMP, 0);
            }
            long entry = Numbers.s64(bytes, 0, ByteOrder.LITTLE_ENDIAN);
            seen.accept(new TableEntry(name(level), table + index * Long.BYTES, entry));
            if ((entry & PRESENT) == 0) {
                return new Translation.Unmapped(virtualAddress, name(level), Translation.Reason.NOT_PRESENT, entry);
            }
            if (level == 1 || level <= PUD && (entry & LARGE) != 0) {
                long size = 1L << shift;
                long page = entry & addressMask & -size;
                return new Translation.Mapped(page | virtualAddress & (size - 1), size);
            }
            table = entry & addressMask;
        }
    }

    private String name(int level) {
        return switch (level) {
            case 1 -> "PTE";
            case 2 -> "PMD";
            case 3 -> "PUD";
            case 4 -> levels == 4 ? "PGD" : "P4D";
            default -> "PGD";
        };
    }
}
