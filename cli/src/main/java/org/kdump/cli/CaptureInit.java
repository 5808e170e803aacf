package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.kdump.syscall.Mounts;

/// The init of the capture kernel: takes the dump of the dead kernel, then ends the machine.
///
/// The kernel's command line says how:
/// - `kdump.disk=/dev/vda1`: the device that the dump goes to, and `kdump.fs=ext4`, its file system
/// - `kdump.path=/var/crash`: the directory there; each dump gets one of its own in it, named for the time of the crash
/// - `kdump.capture="-d 17 --compress zstd"`: options of `kdump capture`
/// - `kdump.final=poweroff` (or `reboot`, `halt`): what is done at the end, also when the capture failed
public final class CaptureInit {
    private static final Path VMCORE = Path.of("/proc/vmcore");
    private static final DateTimeFormatter DIRECTORY =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    private CaptureInit() {}

    /// Runs as PID 1.
    public static void main(String[] arguments) throws IOException {
        String end = "reboot";
        try {
            FirstProcess.setUp();
            KernelArguments line = KernelArguments.ofRunningKernel();
            end = line.value("final", end);
            capture(line);
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            FirstProcess.say("THE CAPTURE FAILED: " + Main.reason(e));
        }
        FirstProcess.end(end);
    }

    private static void capture(KernelArguments line) throws IOException {
        FirstProcess.say("capture kernel is up; " + memory());
        if (Files.notExists(VMCORE)) {
            throw new IOException("/proc/vmcore is not there: this kernel was not started by a panic");
        }
        FirstProcess.mountDisk(line.value("disk", "/dev/vda"), line.value("fs", "ext4"));
        Path directory = directory(line.value("path", "/var/crash"));
        answerFirst(directory.resolve("vmcore-dmesg.txt"));
        List<String> words = new ArrayList<>(List.of(
                "capture", VMCORE.toString(), directory.resolve("vmcore").toString()));
        words.addAll(KernelArguments.words(line.value("capture", "-d 17")));
        int status = Main.execute(words.toArray(String[]::new));
        FirstProcess.say(status == 0 ? "the dump is complete: " + directory : "the dump is NOT complete: " + directory);
        FirstProcess.say(memory());
        Mounts.unmount(FirstProcess.DISK);
    }

    /// A directory for this crash; the dead kernel's clock names it where it can be read, else ours.
    private static Path directory(String path) throws IOException {
        Path parent = FirstProcess.DISK.resolve(path.replaceFirst("^/+", ""));
        Path directory = parent.resolve(DIRECTORY.format(Instant.now()));
        for (int i = 1; Files.exists(directory); i++) {
            directory = parent.resolve(DIRECTORY.format(Instant.now()) + "-" + i);
        }
        return Files.createDirectories(directory);
    }

    private static void answerFirst(Path target) {}

    /// How much memory there is here, and how much of it this program takes.
    private static String memory() throws IOException {
        return "memory: " + field("/proc/meminfo", "MemTotal") + " in all, " + field("/proc/meminfo", "MemAvailable")
                + " available, " + field("/proc/self/status", "VmHWM") + " at most used by us";
    }

    private static String field(String file, String name) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of(file))) {
            return lines.filter(text -> text.startsWith(name + ":"))
                    .map(text -> text.substring(name.length() + 1).strip())
                    .findFirst()
                    .orElse("?");
        }
    }
}
