package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.kdump.kexec.LoadRequest;
import org.kdump.kexec.LoadRequest.Purpose;
import org.kdump.kexec.RunningKernel;
import org.kdump.syscall.Mounts;
import org.kdump.syscall.Reboot;

/// `kdump boot`: leaves the running kernel for the one that `kdump load` has loaded.
final class BootCommand extends Verb {
    private static final Path SYSTEMD = Path.of("/run/systemd/system");
    private static final Path MOUNTS = Path.of("/proc/self/mounts");

    private final Supplier<Boolean> force =
            flag("-f --force", "At once: nothing is stopped and nothing unmounted; only buffers are written out.");

    private final Supplier<Boolean> noInterfacesDown = flag(
            "-x --no-ifdown",
            "Leave network interfaces up, as is always done here: the kernel stops its devices itself. For scripts that"
                    + " say so.");

    private final Supplier<Boolean> execute = flag("-e --exec", "As is done anyway. For scripts that say so.");

    private final ImageOptions image = new ImageOptions(this, "the one that 'kdump load' has loaded.");

    BootCommand() {
        super(
                "boot",
                "Shut down, and start a kernel without going through the firmware: the loaded one, or the one named.",
                "",
                "Under systemd this is 'systemctl kexec'; elsewhere file systems are unmounted first.");
    }

    @Override
    public Integer call() throws IOException {
        RunningKernel running = RunningKernel.at(Path.of("/"));
        if (image.chosen() && !loads(running)) {
            return 0;
        }
        if (!running.bootKernelLoaded()) {
            throw new UserException("no kernel is loaded to boot into; 'kdump load KERNEL' loads one");
        }
        if (!force.get() && Files.isDirectory(SYSTEMD)) {
            return systemd();
        }
        if (!force.get()) {
            unmountAll();
        }
        out().println("leaving this kernel");
        out().flush();
        Reboot.kexec();
        return 0;
    }

    private boolean loads(RunningKernel running) throws IOException {
        LoadRequest request = image.request(running, Purpose.BOOT);
        Optional<String> used = image.load(running, request, image.way());
        used.ifPresent(how -> out().println("loaded: " + request.kernel() + " (" + how + ")"));
        out().flush();
        return used.isPresent();
    }

    private static int systemd() throws IOException {
        Process process = new ProcessBuilder("systemctl", "kexec").inheritIO().start();
        try {
            return process.waitFor() == 0 ? 0 : Main.FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while systemctl ran", e);
        }
    }

    /// Last mounted, first unmounted. What is in use stays and is told: the buffers are written out in any case.
    private void unmountAll() throws IOException {
        List<String[]> mounts = Files.readAllLines(MOUNTS).stream()
                .map(line -> line.split(" "))
                .filter(words -> words.length > 2 && words[0].startsWith("/dev/"))
                .toList();
        for (String[] mount : mounts.reversed()) {
            unmount(Path.of(unescaped(mount[1])));
        }
    }

    private void unmount(Path target) {
        try {
            Mounts.unmount(target);
        } catch (IOException stays) {
            err().println("kdump: " + target + " stays mounted: " + stays.getMessage());
            err().flush();
        }
    }

    /// `/proc/self/mounts` writes space, tab, newline and backslash as three octal digits.
    private static String unescaped(String path) {
        return path.replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
    }
}
