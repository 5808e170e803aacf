package org.kdump.kexec.image;

import java.lang.foreign.MemorySegment;

/// A Linux kernel, which is told what its loader knows in `struct boot_params`.
public sealed interface LinuxImage extends KernelImage permits BzImage, Vmlinux {
    /// Where the setup header starts, in a bzImage as in `struct boot_params`.
    int SETUP_HEADER = 0x1f1;

    /// The setup header, to be put into `struct boot_params` at [#SETUP_HEADER].
    MemorySegment setupHeader();

    /// Bytes of command line it takes, without the NUL.
    long maximalCommandLine();

    /// The address at or below which its initrd must end.
    long initrdEnd();

    /// Whether it is a 32-bit kernel, whatever mode it is entered in.
    boolean is32BitKernel();

    /// Whether it can be entered while the processor's page tables have five levels.
    boolean takesFiveLevels();

    /// The same kernel, entered in 32-bit mode.
    ///
    /// @throws ImageException if it has no such entry
    LinuxImage in32BitMode() throws ImageException;
}
