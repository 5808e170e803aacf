package org.kdump.vmcore.paging;

/// What page tables say of a virtual address.
public sealed interface Translation {
    /// It is mapped.
    ///
    /// @param physicalAddress of the very byte
    /// @param pageSize of the page that maps it, in bytes: 4096, 2 MiB or 1 GiB on x86_64
    record Mapped(long physicalAddress, long pageSize) implements Translation {}

    /// It is not.
    ///
    /// @param virtualAddress what was asked for
    /// @param level the table in which the walk ended, as the kernel names it: `PGD`, `P4D`, `PUD`, `PMD`, `PTE`
    /// @param reason why
    /// @param entry the table's entry, for [Reason#NOT_PRESENT]; else 0
    record Unmapped(long virtualAddress, String level, Reason reason, long entry) implements Translation {
        /// The same as a sentence for the user.
        public String message() {
            return "0x" + Long.toHexString(virtualAddress) + " cannot be translated: " + reason.text + " (" + level
                    + ")";
        }
    }

    /// Why an address is not mapped.
    enum Reason {
        /// The entry is not present: nothing there, or swapped out.
        NOT_PRESENT("no page is mapped there"),
        /// The dump does not hold the table.
        TABLE_NOT_IN_DUMP("its page table is not in the dump"),
        /// The address is none on this machine.
        NOT_AN_ADDRESS("it is not a canonical address");

        private final String text;

        Reason(String text) {
            this.text = text;
        }
    }
}
