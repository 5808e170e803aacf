package org.kdump.kexec;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/// Which kernel to load, for which moment, and how it is to be started.
///
/// @param purpose when it is entered
/// @param kernel the bzImage
/// @param initrd its initrd, if it needs one
/// @param commandLine its command line, without what tells it about a crash
/// @param passMemmapCommandLine whether to tell its memory on the command line too (`memmap=exactmap …`)
/// @param serialPort the I/O port of a 16550 that purgatory writes to, 0 for silence; if empty, that of the last
///     `console=ttyS…`
/// @param verbose whether purgatory speaks also when all is well
/// @param within the physical memory that may be loaded to
public record LoadRequest(
        Purpose purpose,
        Path kernel,
        Optional<Path> initrd,
        String commandLine,
        boolean passMemmapCommandLine,
        OptionalInt serialPort,
        boolean verbose,
        AddressRange within) {
    /// All physical memory.
    public static final AddressRange ANYWHERE = new AddressRange(0, Long.MAX_VALUE);

    /// When a loaded kernel is entered.
    public enum Purpose {
        /// When the running kernel panics.
        PANIC,
        /// When the machine is rebooted by kexec.
        BOOT
    }

    /// A request of a capture kernel that leaves everything else as it usually is.
    ///
    /// @param initrd the initrd's path
    public static LoadRequest of(Path kernel, Path initrd, String commandLine) {
        return new LoadRequest(
                Purpose.PANIC, kernel, Optional.of(initrd), commandLine, false, OptionalInt.empty(), false, ANYWHERE);
    }

    /// The same for a reboot.
    public LoadRequest forBoot() {
        return new LoadRequest(
                Purpose.BOOT, kernel, initrd, commandLine, passMemmapCommandLine, serialPort, verbose, within);
    }

    /// The same within other bounds.
    public LoadRequest within(AddressRange bounds) {
        return new LoadRequest(
                purpose, kernel, initrd, commandLine, passMemmapCommandLine, serialPort, verbose, bounds);
    }

    /// The part of a reservation that may be used.
    AddressRange requireWithin(AddressRange reservation) throws KexecException {
        AddressRange part = reservation.intersection(within);
        if (part.size() == 0) {
            throw new KexecException("--mem-min and --mem-max leave " + within
                    + ", which has nothing of the reservation " + reservation);
        }
        return part;
    }
}
