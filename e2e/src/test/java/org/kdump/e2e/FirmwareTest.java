package org.kdump.e2e;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianSuite;

/// On a machine with UEFI the kernels that follow the first one use its runtime services too: they list, read and set
/// variables, after `kdump boot` and after a panic. That they find ACPI without UEFI shows in that they can power off.
@Tag("vm")
class FirmwareTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"sid, ''", "bookworm, --noefi"})
    void runtimeServicesSurvive(String suite, String option) throws IOException {
        String load = "load --panic " + CrashGuest.VMLINUZ + " --initrd " + CrashGuest.GUEST_IMAGE + " " + option
                + " --append 'console=ttyS0 nr_cpus=1 irqpoll reset_devices panic=10 rootfstype=ramfs'";
        try (Story story = Story.start(
                new DebianSuite(suite),
                directory,
                guest -> guest.bootable().efi().script(List.of("!efi", "!chain 1", load, "!crash")))) {
            story.see("guest sees [1-9][0-9]* EFI variables, 0 of them its own");
            story.see("guest is number 1|guest: status 1");
            story.seeSuccess();
            story.see("vmcore ends");
            story.see(
                    option.isEmpty()
                            ? "guest sees [1-9][0-9]* EFI variables, 2 of them its own"
                            : "guest has no EFI runtime services");
            story.poweredOff();
        }
    }
}
