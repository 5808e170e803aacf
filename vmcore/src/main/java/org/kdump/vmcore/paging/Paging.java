package org.kdump.vmcore.paging;

import java.io.IOException;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Architecture;
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

    /// Whether what VMCOREINFO tells of the kernel's page tables is what is in memory. True for architectures whose
    /// page
    /// tables are not handled, of which nothing can be said.
    ///
    /// @throws IOException if the dump cannot be read
    static boolean fits(Vmcore vmcore) throws IOException {
        return vmcore.architecture() != Architecture.X86_64 || X86Paging.fits(vmcore);
    }

    /// What VMCOREINFO would tell of the kernel's page tables and of the place of its image, found in memory: all of it
    /// is looked through.
    ///
    /// @return lines of VMCOREINFO; empty if the dump does not hold the tables
    /// @throws IOException if the dump cannot be read
    static Optional<String> solve(Vmcore vmcore) throws IOException {
        return vmcore.architecture() == Architecture.X86_64 ? X86Paging.solve(vmcore) : Optional.empty();
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
