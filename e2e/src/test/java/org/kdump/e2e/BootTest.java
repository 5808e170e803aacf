package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianSuite;

/// Kernels that boot kernels, again and again, and what is said of loads that change nothing.
@Tag("vm")
class BootTest {
    private static final String CAPTURE = CrashGuest.load("-d 31", "poweroff", "");
    private static final String BOOT = "load " + CrashGuest.VMLINUZ + " --initrd " + CrashGuest.GUEST_IMAGE;

    @TempDir
    Path directory;

    /// The last of the chain crashes, and its dump is taken: its reservation and its memory map are as good as the
    /// first one's.
    @Test
    void aChainOfBootsArrivesAndItsEndCanCrash() throws IOException {
        try (Story story = story("!chain 3", CAPTURE, "!crash")) {
            seeChain(story, 3);
            story.see("guest: kdump load --panic");
            story.seeSuccess();
            Path crash = story.captured();
            assertTrue(Files.size(crash.resolve("vmcore")) > 10_000_000);
            assertEquals(5, count(story.console(), "Command line: .*console=ttyS0"), story::console);
        }
    }

    @Test
    @Tag("soak")
    void aChainOfTenArrives() throws IOException {
        try (Story story = story("!chain 10", "!poweroff")) {
            seeChain(story, 10);
        }
    }

    private static void seeChain(Story story, int count) throws IOException {
        for (int number = 0; number <= count; number++) {
            story.see("guest is number " + number);
        }
    }

    private Story story(String... script) throws IOException {
        return Story.start(
                DebianSuite.BOOKWORM,
                directory,
                guest -> guest.bootable().reservation("256M").script(List.of(script)));
    }

    private static long count(String text, String pattern) {
        return Pattern.compile(pattern).matcher(text).results().count();
    }
}
