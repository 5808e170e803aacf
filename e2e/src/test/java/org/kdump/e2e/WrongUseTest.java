package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianSuite;

/// What an administrator is told, on a real machine, whose load cannot work: one line that says why, and status 1.
@Tag("vm")
class WrongUseTest {
    private static final String LOAD = CrashGuest.load("-d 17", "poweroff", "");

    @TempDir
    Path directory;

    @Test
    void withASmallReservation() throws IOException {
        String noKernel = LOAD.replace(CrashGuest.VMLINUZ, CrashGuest.CAPTURE_IMAGE);
        String missing = LOAD.replace(CrashGuest.VMLINUZ, "/mnt/boot/nothing");
        try (Story story = Story.start(
                DebianSuite.BOOKWORM,
                directory,
                "64M",
                LOAD,
                noKernel,
                missing,
                "!user 65534",
                LOAD,
                "unload",
                "!user 0",
                "!write /proc/sys/kernel/kexec_load_disabled 1",
                LOAD,
                "unload",
                "status",
                "!poweroff")) {
            seeRefusal(story, "kdump: 64 MiB are reserved, too little for this kernel to start in");
            seeRefusal(story, "kdump: /mnt/boot/capture.img: not a kernel: ");
            seeRefusal(story, "kdump: /mnt/boot/nothing: no such file");
            seeRefusal(story, "kdump: .*lacks CAP_SYS_BOOT: run it as root");
            seeRefusal(story, "kdump: this process may not load a kernel, for it lacks CAP_SYS_BOOT");
            seeRefusal(
                    story, "kdump: kexec is switched off until the next reboot: /proc/sys/kernel/kexec_load_disabled");
            seeRefusal(
                    story, "kdump: kexec is switched off until the next reboot: /proc/sys/kernel/kexec_load_disabled");
            seeRefusal(story, "^reserved: 64 MiB");
        }
    }

    @Test
    void withoutAReservation() throws IOException {
        try (Story story = Story.start(DebianSuite.BOOKWORM, directory, "", LOAD, "status", "!poweroff")) {
            seeRefusal(story, "kdump: no memory is reserved for a capture kernel: add crashkernel=256M");
            seeRefusal(story, "^reserved: nothing");
        }
    }

    /// A locked down kernel takes only what is signed. Debian's are, but by a key that the kernel has from the
    /// firmware,
    /// which here is none that knows of Secure Boot.
    @Test
    void underLockdown() throws IOException {
        try (Story story = Story.start(
                DebianSuite.BOOKWORM,
                directory,
                "256M lsm=lockdown lockdown=integrity",
                LOAD.replace("--panic", "--panic -c"),
                LOAD,
                "unload",
                "!poweroff")) {
            seeRefusal(story, "kdump: the kernel is locked down \\(integrity\\)");
            seeRefusal(
                    story,
                    "kdump: the kernel is locked down \\(integrity\\) and does not accept .*/vmlinuz's signature");
            story.see("^unloaded:");
            story.seeSuccess();
        }
    }

    private static void seeRefusal(Story story, String reason) throws IOException {
        story.see(reason);
        String end = story.see("guest: status \\d+ after").text();
        assertTrue(end.contains("status 1"), () -> end + "\n" + story.console());
    }
}
