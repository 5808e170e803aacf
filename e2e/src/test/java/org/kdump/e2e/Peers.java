package org.kdump.e2e;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianKernels;

/// Tools that we did not write, of Debian unstable, in a root directory of their own: older ones are wrong on newer
/// kernels. They are fetched once and stay in the cache.
final class Peers {
    private static final String PACKAGES = "crash,makedumpfile,kexec-tools,python3-drgn,gdb";

    private static final Pattern LIBRARY = Pattern.compile("\\s/(\\S+) \\(0x");

    private final Path root;

    private Peers(Path root) {
        this.root = root;
    }

    /// Whether they can be had here: a root directory is made and entered by root alone.
    static boolean areAvailable() {
        return System.getProperty("user.name").equals("root");
    }

    /// The tools, fetched if they are not there yet.
    static Peers get() throws IOException {
        Path cache = Files.createDirectories(DebianKernels.standardCache());
        Path root = cache.resolve("peers-sid");
        // The lock goes with its channel.
        try (FileChannel lock = FileChannel.open(cache.resolve("peers-sid.lock"), CREATE, WRITE)) {
            lock.lock();
            if (Files.notExists(root.resolve("complete"))) {
                Command.run(List.of("rm", "-rf", root.toString())).output();
                Command.run(List.of(
                                "debootstrap",
                                "--variant=minbase",
                                "--include=" + PACKAGES,
                                "sid",
                                root.toString(),
                                mirror()))
                        .output();
                Files.createFile(root.resolve("complete"));
            }
            return new Peers(root);
        }
    }

    /// The mirror that this host's own apt uses for Debian.
    private static String mirror() throws IOException {
        String targets = Command.run(List.of(
                        "apt-get",
                        "indextargets",
                        "--format",
                        "$(ORIGIN) $(LABEL) $(REPO_URI)",
                        "Created-By: Packages"))
                .output();
        return targets.lines()
                .filter(line -> line.startsWith("Debian Debian "))
                .map(line -> line.substring("Debian Debian ".length()))
                .findFirst()
                .orElseThrow(() -> new IOException("apt names no Debian mirror:\n" + targets));
    }

    /// A guest that has one of the tools with its libraries and their loader.
    ///
    /// @param program its path in the root
    /// @return the words that start it there
    String give(CrashGuest guest, String program) throws IOException {
        String listed =
                Command.run(List.of("chroot", root.toString(), "ldd", program)).output();
        Matcher libraries = LIBRARY.matcher(listed);
        while (libraries.find()) {
            Path library = root.resolve(libraries.group(1)).toRealPath();
            guest.file("/peer/" + Path.of(libraries.group(1)).getFileName(), library);
        }
        Path name = Path.of(program).getFileName();
        guest.file("/peer/" + name, root.resolve(program.substring(1)));
        return "/peer/ld-linux-x86-64.so.2 --library-path /peer /peer/" + name;
    }

    /// The words that start a tool on the host itself.
    List<String> hosts(String program) {
        String libraries = root.resolve("usr/lib/x86_64-linux-gnu").toString();
        return List.of(
                libraries + "/ld-linux-x86-64.so.2",
                "--library-path",
                libraries,
                root.resolve(program.substring(1)) + "");
    }

    /// The words that start QEMU of Debian unstable: since 8.2 it emulates the SHA extensions.
    List<String> qemu() throws IOException {
        if (Files.notExists(root.resolve("usr/bin/qemu-system-x86_64"))) {
            String install =
                    "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends"
                            + " qemu-system-x86";
            Command.run(List.of("chroot", root.toString(), "sh", "-c", install)).output();
        }
        List<String> words = new ArrayList<>(hosts("/usr/bin/qemu-system-x86_64"));
        for (String data : List.of("usr/share/qemu", "usr/share/seabios", "usr/lib/ipxe/qemu")) {
            words.addAll(List.of("-L", root.resolve(data).toString()));
        }
        return words;
    }

    /// Runs a tool in its root, where /proc is mounted and `directory` is /mnt. The mounts go when it ends.
    Command run(Path directory, String... words) throws IOException {
        return Command.run(within(directory, List.of("timeout", "240"), words));
    }

    /// As [#run], timed; it must succeed.
    Race.Timed timed(Path directory, String... words) throws IOException {
        return Race.timed(clock -> within(directory, clock, words));
    }

    /// @param before words of this host's that run the tool
    private List<String> within(Path directory, List<String> before, String... words) {
        List<String> all = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "sh",
                "-ec",
                "mount -t proc proc \"$0/proc\"; mount --rbind \"$1\" \"$0/mnt\"; shift; exec \"$@\"",
                root.toString(),
                directory.toAbsolutePath().toString()));
        all.addAll(before);
        all.addAll(List.of("chroot", root.toString()));
        all.addAll(List.of(words));
        return all;
    }
}
