package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;
import org.kdump.qemu.VirtualMachine;

/// From the panic to the second kernel's first line, through kexec-tools' purgatory and through ours, on the same image
/// with an initrd of 100 MB, by turns; on a processor with the SHA extensions and on one without.
///
/// What else passes in that time (the first kernel's last words, the other CPU's stop) is seen where purgatory compares
/// nothing. The table goes to the console and to `e2e/target/bench/panic.md`.
@Tag("bench")
class PanicBenchmark {
    private static final int ROUNDS = Integer.getInteger("kdump.rounds", 3);
    private static final int INITRD = 100_000_000;
    private static final Pattern PANIC = Pattern.compile("Kernel panic - not syncing");
    /// What unpacks the kernel says so before anything else is done.
    private static final Pattern FIRST_LINE = Pattern.compile("early console in extract_kernel");

    private static final String IMAGE = " -c -p " + CrashGuest.VMLINUZ + " --initrd=/mnt/noise"
            + " --append='console=ttyS0 earlyprintk=ttyS0,115200 nr_cpus=1 irqpoll reset_devices panic=10'";

    @TempDir
    Path directory;

    @Test
    void entersTheSecondKernel() throws Exception {
        byte[] noise = new byte[INITRD];
        new Random(1).nextBytes(noise);
        List<String> lines = new ArrayList<>();
        lines.add("| seconds from the panic, initrd of 100 MB | kexec-tools | kdump | ratio | kdump -i |");
        lines.add("| --- | --- | --- | --- | --- |");
        measure("without SHA extensions", Peers.get().qemu(), "max,-la57,-sha-ni", noise, lines);
        measure("with SHA extensions", Peers.get().qemu(), "max,-la57", noise, lines);
        Path table = Files.createDirectories(Path.of("target/bench")).resolve("panic.md");
        Files.write(table, lines);
        lines.forEach(System.out::println);
    }

    private void measure(String processor, List<String> qemu, String cpu, byte[] noise, List<String> lines)
            throws IOException {
        Path own = Files.createDirectory(directory.resolve(processor.replace(' ', '-')));
        Map<String, List<Double>> seconds = new TreeMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (String loader : List.of("kexec", "kdump", "kdump -i")) {
                Path folder = Files.createDirectory(own.resolve(loader.replace(" ", "") + round));
                Files.write(Files.createDirectory(folder.resolve("disk")).resolve("noise"), noise);
                seconds.computeIfAbsent(loader, name -> new ArrayList<>()).add(seconds(loader, folder, qemu, cpu));
            }
        }
        double theirs = median(seconds.get("kexec"));
        double ours = median(seconds.get("kdump"));
        lines.add(String.format(
                Locale.ROOT,
                "| %s | %.2f | %.2f | %.2f | %.2f |",
                processor,
                theirs,
                ours,
                ours / theirs,
                median(seconds.get("kdump -i"))));
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static double seconds(String loader, Path folder, List<String> qemu, String cpu) throws IOException {
        CrashGuest guest = CrashGuest.of(
                        DebianKernels.ofHost().newest(DebianSuite.BOOKWORM), Story.distribution(), folder)
                .reservation("512M")
                .memory(1536);
        String kexec = Peers.get().give(guest, "/usr/sbin/kexec");
        String load = switch (loader) {
            case "kexec" -> "!exec " + kexec + IMAGE;
            case "kdump" -> "load" + IMAGE;
            default -> "load -i" + IMAGE;
        };
        guest.script(List.of(load, "!crash"));
        try (VirtualMachine machine =
                guest.build().program(qemu).arguments(List.of("-cpu", cpu)).start()) {
            String loaded = machine.awaitLine("load", Pattern.compile("guest: status \\d+ after"), Story.DEADLINE)
                    .text();
            assertTrue(loaded.contains("status 0"), loaded);
            Duration panic = machine.awaitLine("panic", PANIC, Story.DEADLINE).at();
            Duration first = machine.awaitLine("second kernel", FIRST_LINE, Story.DEADLINE)
                    .at();
            return first.minus(panic).toMillis() / 1e3;
        }
    }
}
