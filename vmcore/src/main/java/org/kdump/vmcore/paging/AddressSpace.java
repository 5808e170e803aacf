package org.kdump.vmcore.paging;

/// Translates virtual addresses of a crashed machine to physical ones.
public interface AddressSpace {
    /// Translates one address.
    Translation translate(long virtualAddress);
}
