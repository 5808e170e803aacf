package org.kdump.vmcore.paging;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;

/// Page tables of x86_64: where the kernel's are, and how many levels they have.
///
/// The kernel's image is mapped at `__START_KERNEL_map`, `phys_base` being the distance of its physical place from
/// the one it was linked for (arch/x86/include/asm/page_64_types.h). So the top table's address needs no walk.
record X86Paging(Vmcore vmcore, long imageOffset, boolean fiveLevels, long encryptionMask) implements Paging {
    static final long START_KERNEL_MAP = 0xffffffff80000000L;
    /// `KERNEL_IMAGE_SIZE` at its most (arch/x86/include/asm/page_64_types.h).
    static final long LARGEST_IMAGE = 1L << 30;
    /// `CONFIG_PHYSICAL_START`, where an image is linked for that is not told otherwise.
    private static final long LINKED_AT = START_KERNEL_MAP + (16 << 20);

    static X86Paging of(Vmcore vmcore) {
        VmcoreInfo info = vmcore.info();
        return new X86Paging(
                vmcore,
                info.requireNumber("phys_base") - START_KERNEL_MAP,
                info.number("pgtable_l5_enabled").orElse(0) != 0,
                info.number("sme_mask").orElse(0));
    }

    /// Whether what VMCOREINFO tells of the page tables is so: the top table must map itself.
    static boolean fits(Vmcore vmcore) throws IOException {
        OptionalLong root = vmcore.info().symbol("swapper_pg_dir");
        OptionalLong physBase = vmcore.info().number("phys_base");
        if (root.isEmpty() || physBase.isEmpty()) {
            return false;
        }
        long physical = root.getAsLong() - START_KERNEL_MAP + physBase.getAsLong();
        return of(vmcore).maps(root.getAsLong(), physical);
    }

    /// Whether the table at `root` maps itself at `address`.
    boolean maps(long address, long root) throws IOException {
        return rootedAt(root).translate(address) instanceof Translation.Mapped mapped
                && mapped.physicalAddress() == root;
    }

    /// What VMCOREINFO would tell of the page tables, found by a search of all memory.
    static Optional<String> solve(Vmcore vmcore) throws IOException {
        return new X86KernelSearch(vmcore).find().map(found -> """
                PAGESIZE=4096
                SYMBOL(swapper_pg_dir)=%x
                NUMBER(phys_base)=%d
                NUMBER(pgtable_l5_enabled)=%d
                NUMBER(sme_mask)=%d
                KERNELOFFSET=%x
                """.formatted(
                        found.virtualRoot(),
                        found.physBase(),
                        found.fiveLevels() ? 1 : 0,
                        found.encryptionMask(),
                        found.start() - LINKED_AT));
    }

    @Override
    public AddressSpace kernel() {
        return rootedAt(vmcore.info().requireSymbol("swapper_pg_dir") + imageOffset);
    }

    @Override
    public AddressSpace rootedAt(long root) {
        return new X86AddressSpace(vmcore, root, fiveLevels, encryptionMask);
    }
}
