package org.kdump.e2e;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;
import org.kdump.qemu.VirtualMachine;

/// A plain copy of /proc/vmcore of a machine whose memory is full of files: texts and binaries of this host. It is made
/// once and stays in the cache, for it takes minutes.
///
/// @param suite whose newest kernel crashes
/// @param memory of the machine, MiB
/// @param files how much of it is filled, MiB
record FilledMachine(DebianSuite suite, int memory, int files) {
    private static final Duration DEADLINE = Duration.ofMinutes(20);
    private static final int FILE = 64 << 20;
    private static final int BLOCK = 4096;
    private static final long MIB = 1 << 20;

    /// The vmcore, made if it is not there yet.
    Path vmcore() throws IOException {
        Path cache = Files.createDirectories(
                DebianKernels.standardCache().resolve("bench").resolve(suite + "-" + memory));
        Path vmcore = cache.resolve("vmcore");
        if (Files.notExists(vmcore)) {
            Path work = Files.createTempDirectory(cache, "making");
            Files.move(make(work), vmcore, StandardCopyOption.ATOMIC_MOVE);
            Command.run(List.of("rm", "-r", work.toString())).output();
        }
        return vmcore;
    }

    private Path make(Path work) throws IOException {
        fill(Files.createDirectories(work.resolve("disk/data")));
        CrashGuest guest = CrashGuest.of(DebianKernels.ofHost().newest(suite), Story.distribution(), work)
                .memory(memory)
                .diskSize((memory + files + 1024) * MIB)
                .script(List.of(CrashGuest.load("cp", "poweroff", ""), "!read /mnt/data", "!crash"));
        try (VirtualMachine machine = guest.build().start()) {
            machine.awaitLine("read", Pattern.compile("guest read \\d+ MiB"), DEADLINE);
            machine.awaitLine("the copy", Pattern.compile("the dump is complete"), DEADLINE);
            machine.awaitExit("power off", DEADLINE);
        }
        Path fetched = Files.createDirectories(work.resolve("fetched"));
        guest.disk().extractTree(CrashGuest.DUMPS, fetched);
        try (Stream<Path> all = Files.walk(fetched)) {
            return all.filter(file -> file.endsWith("vmcore")).findFirst().orElseThrow();
        }
    }

    /// Files of 64 MiB, each of whole files of this host one after the other, each of those from a new page on.
    private void fill(Path directory) throws IOException {
        long left = files * MIB;
        try (Stream<Path> host = Stream.of("/usr/share", "/usr/bin", "/usr/lib").flatMap(FilledMachine::filesBelow)) {
            var sources = host.iterator();
            for (int i = 0; left > 0 && sources.hasNext(); i++) {
                Path file = directory.resolve("file" + i);
                try (OutputStream out = Files.newOutputStream(file)) {
                    for (long size = 0; size < FILE && sources.hasNext(); ) {
                        size += append(sources.next(), out);
                    }
                }
                left -= Files.size(file);
            }
        }
    }

    private static long append(Path source, OutputStream out) throws IOException {
        long size = Files.copy(source, out);
        int rest = (int) (-size & (BLOCK - 1));
        out.write(new byte[rest]);
        return size + rest;
    }

    private static Stream<Path> filesBelow(String directory) {
        try {
            return Files.walk(Path.of(directory))
                    .filter(file -> Files.isRegularFile(file) && !Files.isSymbolicLink(file) && Files.isReadable(file))
                    .sorted();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
