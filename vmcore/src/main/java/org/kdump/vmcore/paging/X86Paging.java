package org.kdump.vmcore.paging;

import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;

/// Page tables of x86_64: where the kernel's are, and how many levels they have.
///
/// The kernel's image is mapped at `__START_KERNEL_map`, `phys_base` being the distance of its physical place from
/// the one it was linked for (arch/x86/include/asm/page_64_types.h). So the top table's address needs no walk.
record X86Paging(Vmcore vmcore, long imageOffset, boolean fiveLevels, long encryptionMask) implements Paging {
    private static final long START_KERNEL_MAP = 0xffffffff80000000L;

    static X86Paging of(Vmcore vmcore) {
        VmcoreInfo info = vmcore.info();
        return new X86Paging(
                vmcore,
                info.requireNumber("phys_base") - START_KERNEL_MAP,
                info.number("pgtable_l5_enabled").orElse(0) != 0,
                info.number("sme_mask").orElse(0));
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
