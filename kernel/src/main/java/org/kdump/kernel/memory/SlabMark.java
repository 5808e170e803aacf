package org.kdump.kernel.memory;

import java.util.OptionalLong;
import org.kdump.debuginfo.btf.Btf;

/// By what the first page of a slab is known: its flag until Linux 6.10 (commit 46df8e73a4a3, "mm: free up PG_slab"),
/// then its type.
///
/// @param flag the bit's number; empty if there is none
/// @param type what stands in the uppermost byte of `page_type`; empty if there is none
record SlabMark(OptionalLong flag, OptionalLong type) {
    private static final int TYPE_SHIFT = 24;

    static SlabMark of(Btf types) {
        return new SlabMark(types.enumerator("PG_slab"), types.enumerator("PGTY_slab"));
    }

    /// Whether a page has it.
    ///
    /// @param flags its flags
    /// @param pageType its `page_type`
    boolean isOn(long flags, int pageType) {
        return flag.isPresent()
                ? (flags >>> flag.getAsLong() & 1) != 0
                : type.isPresent() && pageType >>> TYPE_SHIFT == (type.getAsLong() & 0xff);
    }
}
