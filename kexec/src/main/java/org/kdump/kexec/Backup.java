package org.kdump.kexec;

import java.util.Comparator;
import java.util.List;

/// The low memory that purgatory saves because the capture kernel uses it itself.
///
/// @param source where it lies; empty if the machine has none
/// @param destination where it is copied to, of at least the same size
record Backup(AddressRange source, AddressRange destination) {
    /// None, for a kernel that is left for good.
    static final Backup NONE = new Backup(new AddressRange(0, 0), new AddressRange(0, 0));

    /// Conventional memory of a PC ends here at the latest.
    private static final AddressRange LOW = new AddressRange(0, 0xa0000);

    /// The largest run of RAM in the first 640 KiB. UEFI machines have several; only this one is given to the capture
    /// kernel.
    static AddressRange source(List<AddressRange> ram) {
        return ram.stream()
                .map(LOW::intersection)
                .max(Comparator.comparingLong(AddressRange::size))
                .filter(range -> range.size() > 0)
                .orElse(new AddressRange(0, 0));
    }
}
