package org.kdump.kexec;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/// Which kernel to load for the moment of a panic, and how it is to be started.
///
/// @param kernel the bzImage
/// @param initrd its initrd, if it needs one
/// @param commandLine its command line, without what tells it about the crash
/// @param passMemmapCommandLine whether to tell its memory on the command line too (`memmap=exactmap …`)
/// @param serialPort the I/O port of a 16550 that purgatory writes to, 0 for silence; if empty, that of the last
///     `console=ttyS…`
/// @param verbose whether purgatory speaks also when all is well
public record LoadRequest(
        Path kernel,
        Optional<Path> initrd,
        String commandLine,
        boolean passMemmapCommandLine,
        OptionalInt serialPort,
        boolean verbose) {
    /// A request that leaves everything else as it usually is.
    ///
    /// @param initrd the initrd's path
    public static LoadRequest of(Path kernel, Path initrd, String commandLine) {
        return new LoadRequest(kernel, Optional.of(initrd), commandLine, false, OptionalInt.empty(), false);
    }
}
