package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;
import org.kdump.qemu.KernelPackage;

/// Each kind of kernel, really booted: from a running kernel, and from one that has crashed.
@Tag("vm")
class ImageTest {
    private static final String BOOT = "!turn boot /mnt/boot/";
    private static final String AGAIN = " --initrd " + CrashGuest.GUEST_IMAGE + " --reuse-cmdline";
    private static final String SMALL = " --initrd /mnt/boot/small.img --append 'console=ttyS0 panic=10'";
    private static final String ELF64_X86_64 = "7f454c460201.*04003e00";
    private static final String ELF32_386 = "7f454c460101.*04000300";

    @TempDir
    Path directory;

    @Test
    void everyKindIsBooted() throws IOException {
        KernelPackage kernel = DebianKernels.ofHost().newest(DebianSuite.BOOKWORM);
        KernelPackage kernel32 = KernelImages.of32Bits();
        KernelImages images = KernelImages.in(directory);
        Path small = images.smallInitrd(kernel32, "small.img");
        images.vmlinux(kernel.vmlinuz(), "vmlinux");
        images.compressed("gzip -1", images.fixed(kernel.vmlinuz(), "fixed"), "fixed.gz");
        images.compressed("lz4 -q", kernel.vmlinuz(), "vmlinuz.lz4");
        images.zboot(kernel.vmlinuz(), "zboot.efi");
        Files.copy(kernel32.vmlinuz(), images.directory().resolve("vmlinuz32"));
        images.compressed("xz -1", images.vmlinux(kernel32.vmlinuz(), "vmlinux32"), "vmlinux32.xz");
        images.unified(kernel.vmlinuz(), small, "console=ttyS0 of=uki", "uki.efi");
        images.multiboot("multiboot");
        images.multiboot("multiboot2", "--defsym", "MB2=1");
        images.module();
        try (Story story = story(
                guest -> guest.bootable().rebooting(),
                List.of(
                        BOOT + "vmlinux" + AGAIN,
                        BOOT + "vmlinuz --entry-32bit" + AGAIN,
                        BOOT + "fixed.gz" + AGAIN,
                        BOOT + "vmlinuz.lz4 -s" + AGAIN,
                        BOOT + "zboot.efi --force" + AGAIN,
                        BOOT + "uki.efi --force",
                        BOOT + "uki.efi -s",
                        BOOT + "vmlinuz32" + SMALL,
                        BOOT + "vmlinux32.xz" + SMALL,
                        BOOT + "multiboot --append 'some words' --module '/mnt/boot/module and more'",
                        BOOT + "multiboot2 --append 'some words' --initrd /mnt/boot/module",
                        "!poweroff"))) {
            for (int turn = 1; turn <= 6; turn++) {
                story.see("guest takes turn " + turn + "$");
            }
            story.see("small guest: x86_64 with console=ttyS0 of=uki");
            story.see("guest takes turn 7$");
            story.see("small guest: x86_64 with console=ttyS0 of=uki");
            story.see("guest takes turn 8$");
            story.see("small guest: i686 with console=ttyS0");
            story.see("guest takes turn 9$");
            story.see("small guest: i686 with console=ttyS0");
            story.see(KernelImages.multibootSays("multiboot", "module and more"));
            story.see(KernelImages.multibootSays("multiboot2", "module"));
            story.poweredOff();
        }
    }

    /// The dumps that 64-bit kernels take are ours, a 32-bit one's is its /proc/vmcore as it is.
    @Test
    void everyKindCaptures() throws IOException {
        KernelPackage kernel = DebianKernels.ofHost().newest(DebianSuite.BOOKWORM);
        KernelPackage kernel32 = KernelImages.of32Bits();
        KernelImages images = KernelImages.in(directory);
        images.smallInitrd(kernel32, "small.img");
        Path small = images.smallInitrd(kernel, "small64.img");
        images.vmlinux(kernel.vmlinuz(), "vmlinux");
        images.compressed(
                "zstd -1", images.unified(kernel.vmlinuz(), small, "console=ttyS0 nr_cpus=1", "uki"), "uki.zst");
        Files.copy(kernel32.vmlinuz(), images.directory().resolve("vmlinuz32"));
        try (Story story = story(
                guest -> guest.rebooting().memory(896),
                List.of(
                        "!turn " + capturing("vmlinux", ""),
                        "!turn !crash",
                        "!turn " + capturing("vmlinuz", "--entry-32bit"),
                        "!turn !crash",
                        "!turn load --panic /mnt/boot/uki.zst",
                        "!turn !crash",
                        "!turn load --panic /mnt/boot/vmlinuz32 --elf32-core-headers"
                                + SMALL.replace("panic", "small.save panic"),
                        "!turn !crash",
                        "!poweroff"))) {
            story.see("^loaded: the next panic boots /mnt/boot/vmlinux ");
            story.see("the dump is complete");
            story.see("^loaded: the next panic boots /mnt/boot/vmlinuz ");
            story.see("the dump is complete");
            story.see("^loaded: the next panic boots /mnt/boot/uki.zst ");
            story.see("small guest: x86_64 with elfcorehdr=0x[0-9a-f]+ console=ttyS0 nr_cpus=1");
            story.see("small guest: vmcore " + ELF64_X86_64);
            story.see("^loaded: the next panic boots /mnt/boot/vmlinuz32 ");
            story.see("small guest: i686 with elfcorehdr=0x[0-9a-f]+ ");
            story.see("small guest: vmcore " + ELF32_386);
            story.see("small guest: vmcore is saved");
            story.poweredOff();
            isTold(story.dump("small"));
        }
    }

    /// Memory above 4 GiB does not fit ELF32 headers; a 32-bit kernel reads ELF64 ones as well.
    @Test
    void a32BitKernelCapturesALargeMachine() throws IOException {
        KernelPackage kernel32 = KernelImages.of32Bits();
        KernelImages images = KernelImages.in(directory);
        images.smallInitrd(kernel32, "small.img");
        Files.copy(kernel32.vmlinuz(), images.directory().resolve("vmlinuz32"));
        String load = "load --panic /mnt/boot/vmlinuz32" + SMALL.replace("panic", "small.poweroff panic");
        try (Story story = story(
                guest -> guest.memory(5120).reservation("256M@512M"),
                List.of(load + " --elf32-core-headers", load, "!crash"))) {
            story.see("more than ELF32 headers can tell; leave out --elf32-core-headers");
            story.see("^loaded: the next panic boots /mnt/boot/vmlinuz32 ");
            story.see("small guest: i686 with elfcorehdr=0x[0-9a-f]+ ");
            story.see("small guest: vmcore " + ELF64_X86_64);
        }
    }

    /// The entry of a vmlinux is another in each of them.
    @ParameterizedTest
    @ValueSource(strings = {"bullseye", "trixie", "sid"})
    @Tag("soak")
    void vmlinuxOfOtherKernelsBootsAndCaptures(String name) throws IOException {
        DebianSuite suite = new DebianSuite(name);
        KernelImages.in(directory).vmlinux(DebianKernels.ofHost().newest(suite).vmlinuz(), "vmlinux");
        List<String> script = List.of(BOOT + "vmlinux" + AGAIN, capturing("vmlinux", ""), "!crash");
        try (Story story =
                Story.start(suite, directory, guest -> guest.bootable().script(script))) {
            story.see("guest takes turn 1$");
            story.see("^loaded: the next panic boots /mnt/boot/vmlinux ");
            assertTrue(Files.size(story.captured().resolve("vmcore")) > 10_000_000);
        }
    }

    private static String capturing(String kernel, String options) {
        return CrashGuest.load("-d 31", "reboot", options).replace(CrashGuest.VMLINUZ, "/mnt/boot/" + kernel);
    }

    private static void isTold(Path dump) throws IOException {
        String log = Command.kdump("log", dump).output();
        assertTrue(log.contains("sysrq: Trigger a crash"), log);
        assertEquals(0, Command.kdump("bt", dump).status());
    }

    private Story story(java.util.function.UnaryOperator<CrashGuest> settings, List<String> script) throws IOException {
        return Story.start(
                DebianSuite.BOOKWORM,
                directory,
                guest -> settings.apply(guest.reservation("256M")).script(script));
    }
}
