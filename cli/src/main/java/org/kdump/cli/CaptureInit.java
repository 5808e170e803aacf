package org.kdump.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.kdump.kernel.crash.FirstAnswer;
import org.kdump.syscall.Mounts;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.format.VmcoreFile;

/// The init of the capture kernel: takes the dump of the dead kernel, then ends the machine.
///
/// The kernel's command line says how:
/// - `kdump.disk=/dev/vda1`: the device that the dump goes to, and `kdump.fs=ext4`, its file system
/// - `kdump.path=/var/crash`: the directory there; each dump gets one of its own in it, named for the time of the crash
/// - `kdump.capture="-d 17 --compress zstd"`: options of `kdump capture`; `cp` copies /proc/vmcore as it is
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
        FirstProcess.say("capture kernel is up; " + FirstProcess.memory());
        if (Files.notExists(VMCORE)) {
            throw new IOException("/proc/vmcore is not there: this kernel was not started by a panic");
        }
        FirstProcess.mountDisk(line.value("disk", "/dev/vda"), line.value("fs", "ext4"));
        Path directory = directory(line.value("path", "/var/crash"));
        answerFirst(directory.resolve("vmcore-dmesg.txt"));
        int status = collect(KernelArguments.words(line.value("capture", "-d 17")), directory.resolve("vmcore"));
        FirstProcess.say(status == 0 ? "the dump is complete: " + directory : "the dump is NOT complete: " + directory);
        FirstProcess.say(FirstProcess.memory());
        Mounts.unmount(FirstProcess.DISK);
    }

    private static int collect(List<String> options, Path target) throws IOException {
        if (options.equals(List.of("cp"))) {
            try (FileChannel file = ownersFile(target);
                    InputStream vmcore = Files.newInputStream(VMCORE)) {
                copy(vmcore, Channels.newOutputStream(file));
                file.force(true);
            }
            return 0;
        }
        List<String> words = new ArrayList<>(List.of("capture", VMCORE.toString(), target.toString()));
        words.addAll(options);
        return Main.execute(words.toArray(String[]::new));
    }

    /// Not `transferTo`: it makes a sendfile(2) of this, which ends with EOVERFLOW at 2 GiB of a file in /proc.
    private static void copy(InputStream from, OutputStream to) throws IOException {
        byte[] buffer = new byte[1 << 20];
        for (int size = from.read(buffer); size > 0; size = from.read(buffer)) {
            to.write(buffer, 0, size);
        }
    }

    /// A directory for this crash, named for its time by the dead kernel's clock, or by ours if that is not known.
    private static Path directory(String path) throws IOException {
        Path parent = FirstProcess.DISK.resolve(path.replaceFirst("^/+", ""));
        String name = DIRECTORY.format(crashTime());
        Path directory = parent.resolve(name);
        for (int i = 1; Files.exists(directory); i++) {
            directory = parent.resolve(name + "-" + i);
        }
        return Files.createDirectories(directory);
    }

    private static Instant crashTime() {
        try (Vmcore vmcore = VmcoreFile.open(VMCORE)) {
            return Instant.ofEpochSecond(vmcore.info().crashTime().orElseThrow());
        } catch (IOException | RuntimeException e) {
            return Instant.now();
        }
    }

    /// Writes the log before the dump is taken: if the dump fails, there is still an answer.
    private static void answerFirst(Path target) {
        try (Vmcore vmcore = VmcoreFile.open(VMCORE);
                FileChannel file = ownersFile(target);
                Writer out = Channels.newWriter(file, StandardCharsets.UTF_8)) {
            FirstAnswer.write(vmcore, out);
            out.flush();
            file.force(true);
            FirstProcess.say("the log is saved: " + target);
        } catch (IOException | RuntimeException e) {
            FirstProcess.say("the log could not be saved: " + Main.reason(e));
        }
    }

    /// A new file that only its owner may read.
    private static FileChannel ownersFile(Path target) throws IOException {
        return FileChannel.open(
                target,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
}
