package org.kdump.kernel.file;

import java.util.ArrayList;
import java.util.List;

/// What the bits of `vm_flags` mean (include/linux/mm.h), as far as they have been the same for long.
public final class VmFlags {
    private static final List<String> NAMES = List.of(
            "READ",
            "WRITE",
            "EXEC",
            "SHARED",
            "MAYREAD",
            "MAYWRITE",
            "MAYEXEC",
            "MAYSHARE",
            "GROWSDOWN",
            "UFFD_MISSING",
            "PFNMAP",
            "",
            "UFFD_WP",
            "LOCKED",
            "IO",
            "SEQ_READ",
            "RAND_READ",
            "DONTCOPY",
            "DONTEXPAND",
            "LOCKONFAULT",
            "ACCOUNT",
            "NORESERVE",
            "HUGETLB",
            "SYNC",
            "ARCH_1",
            "WIPEONFORK",
            "DONTDUMP",
            "SOFTDIRTY",
            "MIXEDMAP",
            "HUGEPAGE",
            "NOHUGEPAGE",
            "MERGEABLE");

    private VmFlags() {}

    /// The names of the bits that are set, from the lowest up; of one without a name `BIT_` and its number.
    public static List<String> names(long flags) {
        List<String> names = new ArrayList<>();
        for (int bit = 0; bit < Long.SIZE; bit++) {
            if ((flags >>> bit & 1) != 0) {
                boolean known = bit < NAMES.size() && !NAMES.get(bit).isEmpty();
                names.add(known ? NAMES.get(bit) : "BIT_" + bit);
            }
        }
        return names;
    }
}
