package org.kdump.vmcore.paging;

import java.io.IOException;

/// Memory that an answer needs is not in the dump. The message names the address and the reason.
public final class UnreadableAddressException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long address;

    UnreadableAddressException(String file, long address, String reason) {
        super(file + ": virtual address 0x" + Long.toHexString(address) + " cannot be read: " + reason);
        this.address = address;
    }

    /// The virtual address.
    public long address() {
        return address;
    }
}
