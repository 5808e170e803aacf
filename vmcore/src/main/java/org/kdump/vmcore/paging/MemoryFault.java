package org.kdump.vmcore.paging;

import java.io.IOException;

/// Memory that was asked for by virtual address is not mapped, or not in the dump.
public final class MemoryFault extends IOException {
    private static final long serialVersionUID = 1L;

    private final long virtualAddress;

    /// @param virtualAddress the first byte that cannot be read
    /// @param reason why, as a sentence that names the address
    public MemoryFault(long virtualAddress, String reason) {
        super(reason);
        this.virtualAddress = virtualAddress;
    }

    /// The first byte that cannot be read.
    public long virtualAddress() {
        return virtualAddress;
    }
}
