package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianSuite;

/// Machines whose memory is not one reservation below 4 GiB under page tables of four levels.
@Tag("vm")
class MachineKindsTest {
    private static final String IMAGE = CrashGuest.VMLINUZ + " --initrd=" + CrashGuest.GUEST_IMAGE
            + " --append='console=ttyS0 nr_cpus=1 irqpoll reset_devices panic=10 rootfstype=ramfs'";
    private static final long LOW = 1 << 20;

    @TempDir
    Path directory;

    /// Five levels, a reservation above 4 GiB with its part below, KASLR; kexec-tools sees the same ranges.
    @Test
    void aboveFourGibibytesOnFiveLevels() throws IOException {
        Assumptions.assumeTrue(Peers.areAvailable(), "the peers' root directory needs root");
        try (Story story = Story.start(DebianSuite.TRIXIE, directory, this::large)) {
            story.see("elfcorehdr: PT_LOAD .*virtual 0xff[0-9a-e]");
            story.see("vmcore ends");
            List<CoreRange> ours = CoreRange.planned(story.console());
            assertTrue(ours.size() >= 5, story::console);
            assertEquals(ours, CoreRange.ofKexecTools(story.console()), story::console);
            assertEquals(ours, CoreRange.seen(story.console()), story::console);
            assertTrue(ours.stream().anyMatch(range -> range.start() > 4L << 30), story::console);
            story.poweredOff();
        }
    }

    private CrashGuest large(CrashGuest guest) {
        try {
            String kexec = Peers.get().give(guest, "/usr/sbin/kexec");
            return guest.bootable()
                    .fiveLevels()
                    .memory(6144)
                    .reservation("256M,high")
                    .script(List.of(
                            "load --panic " + IMAGE + " --dry-run --debug",
                            "!exec " + kexec + " -c -d -p " + IMAGE,
                            "load --panic " + IMAGE,
                            "!crash"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What crashkernel=…,cma sets aside is the capture kernel's memory, and not in the dump, whoever lays it out: the
    /// running kernel or we.
    @Test
    void memoryOfCmaIsTheCaptureKernels() throws IOException {
        String ours = cma("-c");
        String kernels = cma("-s");
        assertTrue(ours.contains("192 MiB (crashkernel=…,cma) are the capture kernel's"), ours);
        assertEquals(aboveLow(CoreRange.seen(kernels)), aboveLow(CoreRange.seen(ours)));
        assertEquals(memory(kernels), memory(ours), 8 << 10, "KiB of memory in the capture kernel");
        assertTrue(memory(ours) > 300 << 10, ours);
    }

    private String cma(String way) throws IOException {
        Path own = Files.createDirectory(directory.resolve(way));
        try (Story story = Story.start(
                DebianSuite.SID,
                own,
                guest -> guest.bootable()
                        .reservation("256M crashkernel=192M,cma")
                        .parameters("nokaslr")
                        .script(List.of("load --panic " + way + " " + IMAGE, "status", "!crash")))) {
            story.seeSuccess();
            story.see("^reserved: 256 MiB, and 192 MiB that processes use until then");
            story.see("vmcore ends");
            return story.console();
        }
    }

    /// The kernel's own layout leaves out the first MiB, which its purgatory does not save.
    private static List<CoreRange> aboveLow(List<CoreRange> ranges) {
        return ranges.stream().filter(range -> range.start() >= LOW).skip(1).toList();
    }

    private static int memory(String console) {
        return console.lines()
                .filter(line -> line.contains("kdump: memory: "))
                .map(line -> Integer.parseInt(line.replaceFirst(".*memory: *(\\d+) kB in all.*", "$1")))
                .findFirst()
                .orElseThrow();
    }
}
