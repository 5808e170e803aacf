package org.kdump.kexec;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.kdump.kexec.image.LinuxImage;
import org.kdump.kexec.purgatory.KernelEntry;
import org.kdump.kexec.purgatory.PurgatoryParameters;
import org.kdump.kexec.purgatory.SerialLine;

/// Which kernel to load, for which moment, and how it is to be started.
///
/// @param purpose when it is entered
/// @param kernel a file with a kernel, of whatever kind
/// @param initrd its initrd, if it needs one other than that of a UKI
/// @param commandLine its command line, without what tells it about a crash; empty for that of a UKI, if it is one
/// @param options what is to differ from the usual
public record LoadRequest(
        Purpose purpose, Path kernel, Optional<Path> initrd, String commandLine, LoadOptions options) {
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
        return new LoadRequest(Purpose.PANIC, kernel, Optional.of(initrd), commandLine, LoadOptions.USUAL);
    }

    /// The same for a reboot.
    public LoadRequest forBoot() {
        return new LoadRequest(Purpose.BOOT, kernel, initrd, commandLine, options);
    }

    /// The same with other options.
    public LoadRequest with(LoadOptions others) {
        return new LoadRequest(purpose, kernel, initrd, commandLine, others);
    }

    /// What purgatory is told. It speaks at the port asked for, or at that of the command line's console.
    ///
    /// @param loaded the segments that have a lasting digest
    /// @param line the kernel's command line
    PurgatoryParameters purgatory(List<LoadPlan.Segment> loaded, Backup backup, KernelEntry entry, String line) {
        List<LoadPlan.Segment> verified = options.checked() ? loaded : List.of();
        return new PurgatoryParameters(
                backup.source().start(),
                backup.destination().start(),
                backup.source().size(),
                Digest.regions(verified),
                Digest.of(verified),
                entry,
                new SerialLine(options.serialPort().orElse(CommandLine.serialPort(line)), options.serialBaud()),
                options.verbose());
    }

    /// How the kernel is entered when it lies there.
    KernelEntry entry(LinuxImage kernel, CrashLayout layout) {
        long address = options.entry().orElse(kernel.entry(layout.kernel().start()));
        long bootParameters = layout.bootParameters().start();
        return kernel.entersIn32BitMode()
                ? new KernelEntry.In32BitMode(address, 0, 0, (int) bootParameters)
                : new KernelEntry.In64BitMode(address, bootParameters);
    }

    /// The part of a reservation that may be used.
    AddressRange requireWithin(AddressRange reservation) throws KexecException {
        AddressRange part = reservation.intersection(options.within());
        if (part.size() == 0) {
            throw new KexecException("--mem-min and --mem-max leave " + options.within()
                    + ", which has nothing of the reservation " + reservation);
        }
        return part;
    }
}
