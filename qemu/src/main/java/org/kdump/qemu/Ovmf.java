package org.kdump.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/// UEFI for virtual machines, as Debian packages it.
final class Ovmf {
    private static final Path CODE = Path.of("/usr/share/OVMF/OVMF_CODE_4M.fd");
    private static final Path VARIABLES = Path.of("/usr/share/OVMF/OVMF_VARS_4M.fd");

    private Ovmf() {}

    /// QEMU's arguments for it.
    ///
    /// @param directory where the machine's variables are kept
    /// @throws IOException if it is not installed
    static List<String> arguments(Path directory) throws IOException {
        if (!Files.exists(CODE)) {
            throw new IOException(CODE + " is not there; install it (Debian: apt install ovmf)");
        }
        Path variables = directory.resolve("efi-variables");
        Files.copy(VARIABLES, variables, StandardCopyOption.REPLACE_EXISTING);
        return List.of(
                "-drive", "if=pflash,format=raw,unit=0,readonly=on,file=" + CODE,
                "-drive",
                        "if=pflash,format=raw,unit=1,file="
                                + variables.toString().replace(",", ",,"));
    }
}
