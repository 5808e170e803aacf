package org.kdump.vmcore.paging;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;

/// The page tables of x86_64, 4 or 5 levels (Intel SDM volume 3, 4.5; arch/x86/include/asm/pgtable_types.h).
///
/// ```
/// entry: bit 0 present, bit 7 page size (1 GiB or 2 MiB), bit 8 global (PROT_NONE where not present),
///        bits 12 to 51 the physical address
/// ```
final class X86PageTable implements AddressSpace {
    /// `__START_KERNEL_map`, where the kernel's text is mapped (Documentation/arch/x86/x86_64/mm.rst).
    private static final long KERNEL_MAP = 0xffffffff80000000L;

    private static final long ADDRESS = 0x000ffffffffff000L;
    private static final long PRESENT = 1;
    private static final long HUGE = 1 << 7;
    private static final int ENTRY_BITS = 9;
    private static final int PAGE_BITS = 12;
    private static final ValueLayout.OfLong ENTRY =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(java.nio.ByteOrder.LITTLE_ENDIAN);

    private final Vmcore vmcore;
    private final long root;
    private final int levels;
    private final long encryptionMask;

    private X86PageTable(Vmcore vmcore, long root, int levels, long encryptionMask) {
        this.vmcore = vmcore;
        this.root = root;
        this.levels = levels;
        this.encryptionMask = encryptionMask;
    }

    /// The kernel's own address space; empty where VMCOREINFO does not say where its root is.
    static Optional<AddressSpace> ofKernel(Vmcore vmcore) {
        VmcoreInfo info = vmcore.info();
        // init_top_pgt is what swapper_pg_dir has been a name for since 4.14 (65ade2f872b4); VMCOREINFO kept the old
        // one.
        OptionalLong symbol = info.symbol("swapper_pg_dir");
        OptionalLong base = info.constant("phys_base");
        if (symbol.isEmpty() || base.isEmpty()) {
            return Optional.empty();
        }
        long root = symbol.getAsLong() - KERNEL_MAP + base.getAsLong();
        int levels = info.constant("pgtable_l5_enabled").orElse(0) == 0 ? 4 : 5;
        return Optional.of(
                new X86PageTable(vmcore, root, levels, info.constant("sme_mask").orElse(0)));
    }

    @Override
    public Translation translate(long virtualAddress) {
        int width = PAGE_BITS + levels * ENTRY_BITS;
        if (virtualAddress << 64 - width >> 64 - width != virtualAddress) {
            return new Translation.Unmapped("no canonical address");
        }
        long table = root;
        for (int level = levels; level > 0; level--) {
            int shift = PAGE_BITS + (level - 1) * ENTRY_BITS;
            long index = virtualAddress >>> shift & (1 << ENTRY_BITS) - 1;
            OptionalLong read = entry(table + index * Long.BYTES);
            if (read.isEmpty()) {
                return new Translation.Unmapped(
                        "the level " + level + " page table at 0x" + Long.toHexString(table) + " is not in the dump");
            }
            long entry = read.getAsLong() & ~encryptionMask;
            if ((entry & PRESENT) == 0) {
                return new Translation.Unmapped("not present at level " + level + " of the page table");
            }
            if (level == 1 || level <= 3 && (entry & HUGE) != 0) {
                long size = 1L << shift;
                long offset = virtualAddress & size - 1;
                return new Translation.Mapped((entry & ADDRESS & -size) + offset, size - offset);
            }
            table = entry & ADDRESS;
        }
        throw new IllegalStateException("a walk ends at level 1");
    }

    private OptionalLong entry(long physicalAddress) {
        byte[] bytes = new byte[Long.BYTES];
        MemorySegment target = MemorySegment.ofArray(bytes);
        try {
            return vmcore.read(physicalAddress, target) == Long.BYTES
                    ? OptionalLong.of(target.get(ENTRY, 0))
                    : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }
}
