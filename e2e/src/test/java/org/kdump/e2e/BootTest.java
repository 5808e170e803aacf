package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;

/// Kernels that boot kernels, again and again, and what is said of loads that change nothing.
@Tag("vm")
class BootTest {
    private static final String CAPTURE = CrashGuest.load("-d 31", "poweroff", "");
    private static final String BOOT = "load " + CrashGuest.VMLINUZ + " --initrd " + CrashGuest.GUEST_IMAGE;

    /// Where the capture kernel is entered, which lies at the start of its reservation.
    private static final String ENTRY = "0x20000200";

    /// Without KASLR, which might put the first kernel there.
    private static final String RESERVATION = "256M@512M";

    @TempDir
    Path directory;

    /// On a machine with memory above 4 GiB, where most of each image lies. The last of the chain crashes, and its dump
    /// is taken: its reservation and its memory map are as good as the
    /// first one's.
    @Test
    void aChainOfBootsArrivesAndItsEndCanCrash() throws IOException {
        List<String> script = List.of("!chain 3", CAPTURE, "!crash");
        try (Story story = story(guest -> guest.memory(5120).script(script))) {
            seeChain(story, 3);
            story.see("guest: kdump load --panic");
            story.seeSuccess();
            Path crash = story.captured();
            assertTrue(Files.size(crash.resolve("vmcore")) > 10_000_000);
            assertEquals(5, count(story.console(), "Command line: .*console=ttyS0"), story::console);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bullseye", "bookworm", "trixie", "sid"})
    @Tag("soak")
    void aChainOfTenArrives(String suite) throws IOException {
        try (Story story = Story.start(
                new DebianSuite(suite),
                directory,
                guest -> guest.bootable().script(List.of("!chain 10", "!poweroff")))) {
            seeChain(story, 10);
        }
    }

    /// Each option, on a machine that runs; what it changes in the segments is in KexecLoaderTest.
    @Test
    void optionsDoWhatTheySay() throws IOException {
        String release = DebianKernels.ofHost().newest(DebianSuite.BOOKWORM).release();
        try (Story story = story(
                "!link /mnt/boot/vmlinuz /boot/vmlinuz-" + release,
                "!link /mnt/boot/capture.img /var/lib/kdump/initrd.img-" + release,
                "load --panic --dry-run --debug",
                "status",
                "load --panic",
                "load --refresh",
                "load --panic " + CrashGuest.VMLINUZ + " --mem-max 0x100000",
                "load --panic /mnt/boot/nothing",
                "status --print-ckr-size",
                CAPTURE.replace("--panic", "--panic -s"),
                CAPTURE.replace("--panic", "--panic -s").replace(CrashGuest.VMLINUZ, CrashGuest.CAPTURE_IMAGE),
                CAPTURE.replace("--panic", "--panic -a"),
                "unload --panic",
                "status",
                BOOT + " --reuse-cmdline --mem-min 0x10000000 --mem-max 0x1fffffff --dry-run",
                BOOT + " -s --append quiet",
                "status -S -l",
                "unload -u -l",
                "boot",
                CAPTURE.replace(
                        "--panic",
                        "--panic --no-checks --elf32-core-headers --pass-memmap-cmdline --noefi --console-serial -c"
                                + " --serial 0x3f8 --serial-baud 115200 --reset-vga --mem-min 0x1000000 --entry "
                                + ENTRY),
                "status",
                "!write /sys/kernel/security/ima/policy 'appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig'",
                CAPTURE.replace("--panic", "--panic -c"),
                "!crash")) {
            story.see(
                    "^command line elfcorehdr=0x[0-9a-f]+ console=ttyS0 nokaslr irqpoll nr_cpus=1 reset_devices panic=10$");
            story.see("^  A kernel$");
            story.see("elfcorehdr: PT_NOTE");
            story.seeSuccess();
            seeFailure(story, "^capture kernel: not loaded");
            seeDone(
                    story,
                    "^loaded: the next panic boots .*/boot/vmlinuz-" + release + " \\(kexec_load, nothing forbids");
            seeDone(story, "^nothing to do: memory and CPUs are as they were");
            seeFailure(
                    story,
                    "--mem-min and --mem-max leave .*nothing of the reservation .*what was loaded before still is");
            seeFailure(story, "/mnt/boot/nothing: no such file \\(what was loaded before still is\\)");
            seeDone(story, "^268435456$");
            seeDone(story, "^loaded: .*kexec_file_load, as asked");
            seeFailure(story, "what was loaded before is gone; nothing is loaded now");
            seeDone(story, "^loaded: .*kexec_file_load, tried first");
            seeDone(story, "^unloaded: a panic will leave no dump");
            seeFailure(story, "^kernel to boot into: not loaded");
            seeDone(story, "^kernel +0x1");
            seeDone(story, "^loaded: 'kdump boot' boots .*kexec_file_load, as asked");
            seeDone(story, "^kernel to boot into: loaded");
            seeDone(story, "^unloaded: a reboot goes through the firmware");
            seeFailure(story, "no kernel is loaded to boot into");
            seeDone(story, "^loaded: the next panic boots .*kexec_load, as asked");
            seeDone(story, "^capture kernel: loaded");
            seeFailure(
                    story,
                    "policy \\(IMA\\) demands a file with a signature .*kexec_load:.*what was loaded before still is");
            story.see("kdump purgatory");
            Path crash = story.captured();
            assertTrue(Files.size(crash.resolve("vmcore")) > 10_000_000);
            assertTrue(story.console().contains("memmap=exactmap"), story::console);
        }
    }

    private static void seeDone(Story story, String pattern) throws IOException {
        story.see(pattern);
        story.seeSuccess();
    }

    private static void seeFailure(Story story, String pattern) throws IOException {
        story.see(pattern);
        String end = story.see("guest: status \\d+ after").text();
        assertTrue(end.contains("status 1"), () -> end + "\n" + story.console());
    }

    private static void seeChain(Story story, int count) throws IOException {
        for (int number = 0; number <= count; number++) {
            story.see("guest is number " + number);
        }
    }

    private Story story(String... script) throws IOException {
        return story(
                guest -> guest.reservation(RESERVATION).parameters("nokaslr").script(List.of(script)));
    }

    private Story story(UnaryOperator<CrashGuest> settings) throws IOException {
        return Story.start(DebianSuite.BOOKWORM, directory, guest -> settings.apply(guest.bootable()));
    }

    private static long count(String text, String pattern) {
        return Pattern.compile(pattern).matcher(text).results().count();
    }
}
