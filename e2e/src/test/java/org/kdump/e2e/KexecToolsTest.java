package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
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
    private static final Pattern OURS =
            Pattern.compile("elfcorehdr: PT_LOAD .*physical 0x([0-9a-f]+) .*size 0x([0-9a-f]+)");
    private static final Pattern THEIRS =
            Pattern.compile("p_type = 1, .*p_paddr = 0x([0-9a-f]+) .*p_memsz = 0x([0-9a-f]+)");
    private static final Pattern SEEN =
            Pattern.compile("vmcore segment type 1 physical 0x([0-9a-f]+) size 0x([0-9a-f]+)");

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
        List<Long> ranges = ranges(theirs, OURS);
        assertTrue(ranges.size() >= 8, theirs);
        assertEquals(ranges, ranges(theirs, THEIRS), theirs);
        String ours = console("ours", kexec -> List.of("load --panic " + IMAGE, "!crash"));
        // Where the kernel's text lies, which is first, is another at each start.
        List<Long> seen = ranges(ours, SEEN);
        assertEquals(seen.subList(1, seen.size()), tail(ranges(theirs, SEEN)));
        assertEquals(seen.size(), ranges.size());
    }

    /// The line that our multiboot kernels write is the same in ImageTest, where we start them.
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
            story.see(KernelImages.multibootSays("multiboot", "module and more"));
            story.see(KernelImages.multibootSays("multiboot2", "module and more"));
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

    private static List<Long> tail(List<Long> all) {
        return all.subList(1, all.size());
    }

    /// Start and size of each, one after the other.
    private static List<Long> ranges(String console, Pattern pattern) {
        List<Long> ranges = new ArrayList<>();
        pattern.matcher(console).results().forEach(range -> {
            ranges.add(Long.parseLong(range.group(1), 16));
            ranges.add(Long.parseLong(range.group(2), 16));
        });
        return ranges;
    }
}
