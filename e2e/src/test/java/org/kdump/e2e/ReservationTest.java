package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianSuite;

/// The capture kernel, its image and our Java fit in small reservations (256M is in CrashTest).
@Tag("vm")
class ReservationTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"bookworm, 192M, elf, reboot", "bookworm, 160M, kdump, poweroff", "sid, 160M, kdump, poweroff"})
    void captures(String suite, String reservation, String format, String end) throws IOException {
        String load = CrashGuest.load("-d 17 --format " + format, end, "");
        try (Story story = Story.start(new DebianSuite(suite), directory, reservation, load, "!crash")) {
            story.seeSuccess();
            Path crash = story.captured();
            story.console()
                    .lines()
                    .filter(line -> line.contains("memory: "))
                    .forEach(line -> System.out.println(suite + " " + reservation + " " + line));
            assertTrue(Files.size(crash.resolve("vmcore")) > 10_000_000);
            String info = Command.kdump("info", crash.resolve("vmcore")).output();
            assertTrue(info.contains("sysrq triggered crash"), info);
        }
    }
}
