package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdump.kexec.purgatory.Purgatory;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianSuite;
import org.kdump.qemu.GuestException;

/// A dying kernel writes where it should not. If it hit the capture kernel, purgatory must not start that.
@Tag("vm")
class DamagedImageTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"kernel", "initrd"})
    void purgatoryStopsADamagedImage(String segment) throws IOException {
        String load = CrashGuest.load("-d 17", "poweroff", "--debug");
        try (Story story = Story.start(DebianSuite.BOOKWORM, directory, "256M", load, "!wait", "!crash")) {
            String line = story.see("^" + segment + " +0x[0-9a-f]+ +0x[0-9a-f]+ +\\d+ ")
                    .text();
            story.seeSuccess();
            story.see("guest waits");
            Matcher row = Pattern.compile("0x([0-9a-f]+) +0x[0-9a-f]+ +(\\d+)").matcher(line);
            assertEquals(true, row.find(), line);
            long middle = Long.parseLong(row.group(1), 16) + Long.parseLong(row.group(2)) / 2;
            byte[] before = story.peek(middle, 1);
            story.poke(middle, new byte[] {(byte) (before[0] ^ 1)});
            assertNotEquals(before[0], story.peek(middle, 1)[0]);
            story.goOn();
            story.see("Kernel panic - not syncing");
            story.see(Pattern.quote(Purgatory.MISMATCH_MESSAGE));
            assertThrows(
                    GuestException.class, () -> story.seeSoon("Linux version"), "a second kernel booted after all");
        }
    }
}
