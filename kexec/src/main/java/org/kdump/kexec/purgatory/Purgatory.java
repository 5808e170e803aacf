package org.kdump.kexec.purgatory;

/// The code that runs between two kernels: it checks the loaded image, saves the backup region, enters the new kernel.
public final class Purgatory {
    /// The load address is a multiple of this, in bytes.
    public static final int ALIGNMENT = 4096;

    private Purgatory() {}

    /// The purgatory as an ELF64 relocatable object for x86_64.
    public static byte[] objectFile() {
        return new byte[0];
    }

    /// Bytes of memory that purgatory needs when loaded, `.bss` included; no multiple of a page.
    public static long size() {
        return 0;
    }

    /// Relocates purgatory and fills in its parameters.
    ///
    /// @param loadAddress the physical address it will be loaded at, a multiple of [#ALIGNMENT]
    /// @throws IllegalArgumentException if `loadAddress` is no such address
    public static LinkedPurgatory link(long loadAddress, PurgatoryParameters parameters) {
        return new LinkedPurgatory(new byte[0], loadAddress, 0);
    }
}
