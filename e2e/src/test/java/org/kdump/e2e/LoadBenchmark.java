package org.kdump.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.qemu.ConsoleLine;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;
import org.kdump.qemu.VirtualMachine;

/// How long a load takes against `kexec -p`, process start included, on the same image and by turns in one guest; and
/// how long a reboot through the firmware against one by `kdump boot`.
///
/// The table goes to the console and to `e2e/target/bench/load.md`.
@Tag("bench")
class LoadBenchmark {
    private static final int ROUNDS = 5;
    private static final Pattern STATUS = Pattern.compile("guest: status (\\d+) after ([0-9.]+) s");
    private static final String IMAGE = " -c -p " + CrashGuest.VMLINUZ + " --initrd=" + CrashGuest.CAPTURE_IMAGE
            + " --append='console=ttyS0 nr_cpus=1 irqpoll reset_devices panic=10 rootfstype=ramfs'";
    private static final String KDUMP = "!exec /opt/rt/bin/java -XX:AOTCache=/opt/kdump.aot -Xlog:aot=off -Xlog:cds=off"
            + " -XX:+UseSerialGC -XX:-UsePerfData --sun-misc-unsafe-memory-access=allow"
            + " --enable-native-access=org.kdump.syscall,com.github.luben.zstd_jni"
            + " -m org.kdump.cli/org.kdump.cli.Main load";

    /// A machine's files as both ask for them, on a host whose own kernel may have no kexec; all but the call is done.
    private static final String MACHINE = """
            mount -t tmpfs machine /sys
            mkdir -p /sys/kernel /sys/firmware/memmap/0
            for file in kexec_loaded kexec_crash_loaded kexec_crash_size; do echo 0 > /sys/kernel/$file; done
            echo 0x100000 > /sys/firmware/memmap/0/start
            echo 0x3ffdcfff > /sys/firmware/memmap/0/end
            echo System RAM > /sys/firmware/memmap/0/type
            printf '00100000-3ffdcfff : System RAM\\n  01000000-01bfffff : Kernel code\\n' > /sys/iomem
            mount --bind /sys/iomem /proc/iomem
            "$@" || true
            """;
    private static final int INITRD = 60_000_000;

    @TempDir
    Path directory;

    private final List<String> lines = new ArrayList<>();

    @Test
    void loadsAndReboots() throws Exception {
        lines.add("| | kexec-tools, firmware | kdump | ratio |");
        lines.add("| --- | --- | --- | --- |");
        natively();
        loads();
        reboots();
        Path table = Files.createDirectories(Path.of("target/bench")).resolve("load.md");
        Files.write(table, lines);
        lines.forEach(System.out::println);
    }

    private void natively() throws Exception {
        byte[] noise = new byte[INITRD];
        new Random(1).nextBytes(noise);
        String initrd = Files.write(directory.resolve("initrd"), noise).toString();
        String kernel =
                DebianKernels.ofHost().newest(DebianSuite.BOOKWORM).vmlinuz().toString();
        Race race = new Race();
        List<String> theirs = new ArrayList<>(Peers.get().hosts("/usr/sbin/kexec"));
        theirs.addAll(List.of("-c", "-l", kernel, "--initrd=" + initrd, "--append=quiet"));
        race.add("kexec", null, () -> timed(theirs));
        String kdump = Story.distribution().resolve("bin/kdump").toString();
        List<String> ours = List.of(kdump, "load", "--dry-run", kernel, "--initrd=" + initrd, "--append=quiet");
        race.add("kdump", null, () -> timed(ours));
        Map<String, Race.Result> results = race.run(ROUNDS);
        add(
                "natively, a load for a reboot of 74 MB but for the call itself, s",
                results.get("kexec").seconds(),
                results.get("kdump").seconds());
    }

    private static Race.Timed timed(List<String> command) throws IOException {
        return Race.timed(clock -> {
            List<String> words = new ArrayList<>(List.of("unshare", "--mount", "sh", "-ec", MACHINE, "sh"));
            words.addAll(clock);
            words.addAll(command);
            return words;
        });
    }

    private void loads() throws IOException {
        CrashGuest guest = guest("loads");
        String kexec = Peers.get().give(guest, "/usr/sbin/kexec");
        List<String> script = new ArrayList<>();
        for (int round = 0; round <= ROUNDS; round++) {
            script.add("!exec " + kexec + IMAGE);
            script.add(KDUMP + IMAGE);
        }
        script.add("!poweroff");
        try (VirtualMachine machine = guest.script(script).build().start()) {
            machine.awaitExit("power off", Story.DEADLINE);
            List<Double> times = times(machine);
            Assertions.assertEquals(script.size() - 1, times.size());
            add("load for a panic, s", median(times, 2), median(times, 3));
        }
    }

    /// The first of each does not count.
    private static double median(List<Double> times, int first) {
        List<Double> own = new ArrayList<>();
        for (int at = first; at < times.size(); at += 2) {
            own.add(times.get(at));
        }
        return own.stream().sorted().toList().get(own.size() / 2);
    }

    private static List<Double> times(VirtualMachine machine) {
        List<Double> times = new ArrayList<>();
        for (ConsoleLine line : machine.lines()) {
            Matcher status = STATUS.matcher(line.text());
            if (status.find()) {
                Assertions.assertEquals("0", status.group(1), line::text);
                times.add(Double.parseDouble(status.group(2)));
            }
        }
        return times;
    }

    private void reboots() throws IOException {
        CrashGuest guest = guest("reboots").script(List.of("!reboot", "!chain 3", "!poweroff"));
        try (VirtualMachine machine = guest.build().reboots().start()) {
            double firmware = seconds(machine, "guest reboots", "guest is number 0");
            double kexec = seconds(machine, "guest: kdump boot$", "guest is number 1");
            double whole = seconds(machine, "guest: kdump boot /mnt", "guest is number 2");
            add("from the reboot's command to the next init, s", firmware, kexec);
            add("the same, the load included, s", firmware, whole);
        }
    }

    private static double seconds(VirtualMachine machine, String from, String to) throws IOException {
        Duration start =
                machine.awaitLine(from, Pattern.compile(from), Story.DEADLINE).at();
        Duration end =
                machine.awaitLine(to, Pattern.compile(to), Story.DEADLINE).at();
        return end.minus(start).toMillis() / 1e3;
    }

    private CrashGuest guest(String name) throws IOException {
        Path own = Files.createDirectory(directory.resolve(name));
        return CrashGuest.of(DebianKernels.ofHost().newest(DebianSuite.BOOKWORM), Story.distribution(), own)
                .bootable()
                .reservation("256M");
    }

    private void add(String what, double theirs, double ours) {
        lines.add(String.format(Locale.ROOT, "| %s | %.2f | %.2f | %.2f |", what, theirs, ours, ours / theirs));
    }
}
