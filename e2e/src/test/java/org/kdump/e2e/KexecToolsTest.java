package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianSuite;

/// kexec-tools on the same machine: both describe the same memory, in the same order, and so does
/// `/proc/vmcore`.
@Tag("vm")
class KexecToolsTest {
    private static final String IMAGE = CrashGuest.VMLINUZ + " --initrd=" + CrashGuest.GUEST_IMAGE
            + " --append='console=ttyS0 nr_cpus=1 irqpoll reset_devices panic=10 rootfstype=ramfs'";

    @TempDir
    Path directory;

    @BeforeAll
    static void peers() {
        Assumptions.assumeTrue(Peers.areAvailable(), "the peers' root directory needs root");
    }

    @Test
    void describeTheSameMemory() throws IOException {
        String theirs = console(
                "theirs",
                kexec -> List.of(
                        "load --panic " + IMAGE + " --dry-run --debug",
                        "!exec " + kexec + " -c -d -p " + IMAGE,
                        "!crash"));
        List<CoreRange> ranges = CoreRange.planned(theirs);
        assertTrue(ranges.size() >= 4, theirs);
        assertEquals(ranges, CoreRange.ofKexecTools(theirs), theirs);
        String ours = console("ours", kexec -> List.of("load --panic " + IMAGE, "!crash"));
        // Where the kernel's text lies, which is first, is another at each start.
        assertEquals(tail(CoreRange.seen(theirs)), tail(CoreRange.seen(ours)));
        assertEquals(ranges.size(), CoreRange.seen(ours).size());
    }

    /// What our multiboot kernels are given is the same in ImageTest, where we start them. Of the line that they write,
    /// the words that are their own are not seen after kexec-tools' start.
    @Test
    void startMultibootKernelsAlike() throws IOException {
        KernelImages images = KernelImages.in(directory);
        images.multiboot("multiboot");
        images.multiboot("multiboot2", "--defsym", "MB2=1");
        images.module();
        String options = " '--append=some words' '--module=/mnt/boot/module and more'";
        try (Story story = Story.start(
                DebianSuite.BOOKWORM,
                directory,
                guest -> equipped(
                        guest.rebooting(),
                        kexec -> List.of(
                                "!turn !exec " + kexec + " -c -l /mnt/boot/multiboot" + options,
                                "!turn !exec " + kexec + " -e",
                                "!turn !exec " + kexec + " -c -l /mnt/boot/multiboot2" + options,
                                "!turn !exec " + kexec + " -e",
                                "!poweroff")))) {
            story.see(KernelImages.multibootIsGiven("multiboot", "module and more"));
            story.see(KernelImages.multibootIsGiven("multiboot2", "module and more"));
            story.poweredOff();
        }
    }

    private String console(String name, Function<String, List<String>> script) throws IOException {
        Path own = Files.createDirectory(directory.resolve(name));
        try (Story story = Story.start(DebianSuite.BOOKWORM, own, guest -> equipped(guest, script))) {
            story.see("vmcore ends");
            return story.console();
        }
    }

    private static CrashGuest equipped(CrashGuest guest, Function<String, List<String>> script) {
        try {
            String kexec = Peers.get().give(guest, "/usr/sbin/kexec");
            // Where the kernel lies decides where the reservation does.
            return guest.bootable().parameters("nokaslr").script(script.apply(kexec));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<CoreRange> tail(List<CoreRange> all) {
        return all.subList(1, all.size());
    }
}
