package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.kdump.syscall.Mounts;

/// UEFI as a guest sees it: whether its runtime services answer, when they list, read and set variables.
final class GuestFirmware {
    private static final Path FIRMWARE = Path.of("/sys/firmware/efi");
    private static final Path VARIABLES = FIRMWARE.resolve("efivars");
    private static final String OWN = "KdumpGuest";
    private static final String VENDOR = "-5f4cba0e-2f0f-4b8e-9a43-6d1d3e9c2005";
    /// Attributes, 4 bytes (non-volatile, seen by boot and by runtime services), and the value.
    private static final byte[] CONTENT = {7, 0, 0, 0, 1};

    private GuestFirmware() {}

    /// Says how many variables there are, and adds one of its own.
    static void show() throws IOException {
        if (Files.notExists(VARIABLES)) {
            FirstProcess.say("guest has no EFI runtime services");
            return;
        }
        List<String> names = names();
        if (names.isEmpty()) {
            Mounts.mount("efivarfs", VARIABLES, "efivarfs", 0, "");
            names = names();
        }
        long own = names.stream().filter(name -> name.startsWith(OWN)).count();
        Files.write(VARIABLES.resolve(OWN + own + VENDOR), CONTENT);
        FirstProcess.say("guest sees %d EFI variables, %d of them its own".formatted(names.size(), own));
    }

    private static List<String> names() throws IOException {
        try (var files = Files.list(VARIABLES)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
