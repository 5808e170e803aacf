package org.kdump.kexec.purgatory;

/// How a kernel wants to find the processor when it is entered.
public sealed interface KernelEntry {
    /// Where it is entered, a physical address.
    long address();

    /// In 64-bit mode, memory mapped to its own addresses: Linux's 64-bit boot protocol, in which RSI has the address
    /// of `struct boot_params` (Documentation/arch/x86/boot.rst).
    ///
    /// @param address the entry (`load address + 0x200` for a bzImage)
    /// @param bootParameters the address of `struct boot_params`
    record In64BitMode(long address, long bootParameters) implements KernelEntry {}

    /// In 32-bit mode without paging: Linux's 32-bit boot protocol, in which ESI has the address of
    /// `struct boot_params`, and the state of the machine that the Multiboot Specifications ask for, in
    /// which EAX has the loader's magic number and EBX the address of what it tells.
    ///
    /// @param address the entry, below 4 GiB
    /// @param eax what is in that register
    /// @param ebx the same
    /// @param esi the same
    record In32BitMode(long address, int eax, int ebx, int esi) implements KernelEntry {
        /// @throws IllegalArgumentException if the entry lies too high
        public In32BitMode {
            if (address < 0 || address >= 1L << 32) {
                throw new IllegalArgumentException("no address in 32-bit mode: 0x" + Long.toHexString(address));
            }
        }
    }
}
