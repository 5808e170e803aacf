package org.kdump.vmcore.paging;

import java.io.IOException;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;

/// An architecture's page tables. A new architecture is one more implementation, named in [#of].
public sealed interface Paging permits X86Paging {
    /// The page tables of the dump's machine.
    ///
    /// @throws MalformedInputException if that architecture is not handled yet, or VMCOREINFO lacks what is needed
    static Paging of(Vmcore vmcore) {
        return switch (vmcore.architecture()) {
            case X86_64 -> X86Paging.of(vmcore);
            case I386, AARCH64, ARM, PPC64, S390X, RISCV64, LOONGARCH64, UNKNOWN ->
                throw new MalformedInputException(
                        vmcore.name(),
                        -1,
                        "machine",
                        "",
                        "virtual addresses of "
                                + vmcore.architecture().kernelName()
                                + " are not handled yet, only those of x86_64");
        };
    }

    /// The kernel's own address space.
    ///
    /// @throws IOException if the dump cannot be read
    AddressSpace kernel() throws IOException;

    /// The address space of the page table at `root`.
    ///
    /// @param root physical address of the top table (`CR3` without its flags, the physical address of `mm->pgd`)
    AddressSpace rootedAt(long root);
}
