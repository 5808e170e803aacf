package org.kdump.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kdump.kernel.crash.CrashSummary;
import org.kdump.kernel.crash.SummaryText;
import org.kdump.qemu.ConsoleLine;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;
import org.kdump.qemu.KernelPackage;
import org.kdump.qemu.VirtualMachine;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.format.VmcoreFile;

/// `kdump demo`: the whole story in a virtual machine.
final class DemoCommand extends Verb {
    private static final Duration DEADLINE = Duration.ofMinutes(3);

    private final Supplier<String> suite = option(
            String.class,
            "--suite",
            "NAME",
            "The Debian suite whose newest cloud kernel is crashed: bullseye, bookworm, trixie, sid. Default: bookworm.",
            "bookworm");

    private final Supplier<Path> output = option(
            Path.class,
            "--output",
            "DIR",
            "Where dump, console log and answer are left. Default: kdump-demo-SUITE-TIME here.");

    private final Supplier<String> reservation = option(
            String.class,
            "--crashkernel",
            "SIZE",
            "The memory that is reserved for the capture kernel. Default: 256M.",
            "256M");

    private final Supplier<Integer> memory =
            option(Integer.class, "--memory", "MIB", "The machine's memory. Default: 1024.", "1024");

    private final Supplier<Integer> level = option(
            Integer.class, "-d --dump-level", "LEVEL", "The dump level, as for 'kdump capture'. Default: 17.", "17");

    private final Supplier<Boolean> keep = flag("--keep", "Keep the disk and the images too.");

    private final long start = System.nanoTime();
    private PrintWriter out;

    DemoCommand() {
        super(
                "demo",
                "Crash a stock Debian kernel in a virtual machine, take its dump, and say what killed it.",
                "",
                "Nothing of it touches this machine's own kernel. Needs qemu-system-x86_64, apt and e2fsprogs; no KVM.",
                "Downloads are kept in KDUMP_CACHE, else in the user's cache directory.");
    }

    @Override
    public Integer call() throws IOException {
        out = out();
        DebianSuite debian = debianSuite();
        Path directory = directory();
        stage("look for the newest kernel of Debian " + suite.get());
        KernelPackage kernel = DebianKernels.ofHost().newest(debian);
        kernel.notes().forEach(note -> out.println("          " + note));
        stage("Linux " + kernel.release() + ": build the capture image, the guest's image and its disk");
        CrashGuest guest = CrashGuest.of(kernel, distribution(), directory)
                .reservation(reservation.get())
                .memory(memory.get())
                .script(List.of(CrashGuest.load("-d " + level.get(), "poweroff", ""), "status", "!crash"));
        var setup = guest.build();
        stage("start the machine");
        try (VirtualMachine machine = setup.start()) {
            follow(machine);
        }
        Path dump = collect(guest, directory);
        answer(dump, directory);
        return 0;
    }

    private DebianSuite debianSuite() {
        try {
            return new DebianSuite(suite.get());
        } catch (IllegalArgumentException e) {
            throw misuse(e.getMessage());
        }
    }

    private Path directory() throws IOException {
        String time = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").format(LocalDateTime.now());
        Path directory = output.get() == null ? Path.of("kdump-demo-" + suite.get() + "-" + time) : output.get();
        // The dump is the machine's memory: nobody else's business, even in a demo.
        return Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    static Path distribution() {
        String home = System.getProperty("kdump.home");
        if (home == null || !Files.isExecutable(Path.of(home, "runtime/bin/java"))) {
            throw new UserException("this needs the built distribution; run it as dist/kdump/bin/kdump (make build)");
        }
        return Path.of(home);
    }

    private void follow(VirtualMachine machine) throws IOException {
        see(machine, "the first kernel boots", "Linux version");
        see(machine, "it loads the capture kernel into its reservation", "guest: kdump load");
        ConsoleLine loaded = see(machine, "the capture kernel is loaded", "guest: status \\d+ after");
        if (!loaded.text().contains("status 0")) {
            throw new IOException("the capture kernel could not be loaded; the console log says why");
        }
        see(machine, "the first kernel is made to panic (echo c > /proc/sysrq-trigger)", "guest crashes now");
        see(machine, "it panicked", "Kernel panic - not syncing");
        see(machine, "purgatory found the image unharmed; the capture kernel boots", "Linux version");
        see(machine, "the capture kernel runs kdump as its init", "capture kernel is up");
        ConsoleLine end = see(machine, "the dump is taken", "the dump is (NOT )?complete|THE CAPTURE FAILED");
        if (!end.text().contains("dump is complete")) {
            throw new IOException("the capture failed; the console log says why: " + end.text());
        }
        machine.awaitExit("power off", DEADLINE);
        stage("the machine is off");
    }

    private ConsoleLine see(VirtualMachine machine, String stage, String pattern) throws IOException {
        ConsoleLine line = machine.awaitLine(stage, Pattern.compile(pattern), DEADLINE);
        stage(stage);
        return line;
    }

    private void stage(String text) {
        out.printf("%6.1f s  %s%n", (System.nanoTime() - start) / 1e9, text);
        out.flush();
    }

    private Path collect(CrashGuest guest, Path directory) throws IOException {
        guest.disk().extractTree(CrashGuest.DUMPS, directory);
        if (!keep.get()) {
            Files.deleteIfExists(guest.disk().file());
            Files.deleteIfExists(directory.resolve("guest.img"));
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.endsWith("vmcore"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no dump is on the guest's disk"));
        }
    }

    private void answer(Path dump, Path directory) throws IOException {
        stage("open the dump: what killed it?");
        try (Vmcore vmcore = VmcoreFile.open(dump)) {
            CrashSummary summary = CrashSummary.of(vmcore);
            String text = SummaryText.table(summary, ZoneId.systemDefault());
            Files.writeString(directory.resolve("answer.txt"), text);
            Files.writeString(directory.resolve("answer.json"), SummaryText.json(summary) + "\n");
            out.println();
            out.println(text);
        }
        stage("done. In " + directory + ":");
        out.println("          " + directory.relativize(dump) + "  the dump, " + Files.size(dump) / 1_000_000 + " MB");
        out.println("          " + directory.relativize(dump.resolveSibling("vmcore-dmesg.txt")) + "  its log");
        out.println("          answer.txt, answer.json  what killed it");
        out.println("          console.log  what both kernels said");
        out.println("Look further: kdump log " + dump);
    }
}
