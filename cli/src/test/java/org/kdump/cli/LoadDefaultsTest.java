package org.kdump.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.kexec.LoadRequest.Purpose;

class LoadDefaultsTest {
    private static final String RUNNING = "BOOT_IMAGE=/boot/vmlinuz-6.1 root=/dev/vda1 ro crashkernel=256M"
            + " crashkernel=64M,low nr_cpus=8 hugepages=512 dyndbg=\"file a.c +p\" console=ttyS0,115200 panic=0";

    @TempDir
    Path root;

    @Test
    void captureKernelGetsTheRunningLineAndWhatHelpsIt() {
        assertEquals(
                "root=/dev/vda1 ro dyndbg=\"file a.c +p\" console=ttyS0,115200"
                        + " irqpoll nr_cpus=1 reset_devices panic=10",
                defaults().commandLine(Purpose.PANIC));
    }

    @Test
    void rebootKeepsEverythingButTheLoadersWords() {
        assertEquals(
                RUNNING.substring("BOOT_IMAGE=/boot/vmlinuz-6.1 ".length()),
                defaults().reused(Purpose.BOOT));
        assertTrue(defaults().reused(Purpose.PANIC).startsWith("root=/dev/vda1 ro nr_cpus=8"));
    }

    @Test
    void filesAreLookedForWhereDistributionsPutThem() throws IOException {
        assertTrue(assertThrows(UserException.class, () -> defaults().kernel())
                .getMessage()
                .contains("boot/vmlinuz-6.1"));
        Path kernel = file("lib/modules/6.1/vmlinuz");
        Path initrd = file("boot/initrd.img-6.1");
        assertEquals(kernel, defaults().kernel());
        assertEquals(Optional.of(initrd), defaults().captureInitrd());
        Path capture = file("boot/initramfs-6.1kdump.img");
        assertEquals(Optional.of(capture), defaults().captureInitrd());
        assertEquals(Optional.of(initrd), defaults().initrd());
    }

    private LoadDefaults defaults() {
        return new LoadDefaults(root, "6.1", RUNNING);
    }

    private Path file(String name) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "x");
    }
}
