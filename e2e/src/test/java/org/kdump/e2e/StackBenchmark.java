package org.kdump.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;

/// `kdump bt` against crash and drgn with their debug information, on the vmcores of machines full of files, whole
/// process.
///
/// The table goes to the console and to `e2e/target/bench/stacks.md`.
@Tag("bench")
class StackBenchmark {
    private static final int ROUNDS = 3;

    private final List<String> lines = new ArrayList<>();
    private final Peers peers;

    StackBenchmark() throws IOException {
        peers = Peers.get();
    }

    @Test
    void againstCrashAndDrgn() throws Exception {
        lines.add("| dump | crash s / MiB | drgn s / MiB | kdump s / MiB | ratio to crash | to drgn |");
        lines.add("| --- | --- | --- | --- | --- | --- |");
        Path two = new FilledMachine(DebianSuite.BOOKWORM, 2048, 1200).vmcore();
        Path eight = new FilledMachine(DebianSuite.BOOKWORM, 8192, 3000).vmcore();
        Path small = two.resolveSibling("vmcore-31");
        if (Files.notExists(small)) {
            Command.kdump("capture", two, small, "-d", 31).output();
        }
        compare("2 GiB", two);
        compare("2 GiB, -d 31, zstd", small);
        compare("8 GiB", eight);
        Path table = Files.createDirectories(Path.of("target/bench")).resolve("stacks.md");
        Files.write(table, lines);
        lines.forEach(System.out::println);
    }

    private void compare(String machine, Path vmcore) throws Exception {
        Path directory = vmcore.getParent();
        Path vmlinux = DebianKernels.ofHost()
                .debugVmlinux(DebianSuite.BOOKWORM, DebianKernels.ofHost().newest(DebianSuite.BOOKWORM));
        Path linked = directory.resolve("vmlinux");
        Files.deleteIfExists(linked);
        Files.createLink(linked, vmlinux);
        Files.writeString(directory.resolve("stacks.py"), Stacks.DRGN.formatted(vmcore.getFileName()));
        for (String command : new String[] {"bt", "foreach bt"}) {
            Files.writeString(directory.resolve("commands"), command + "\nquit\n");
            race(machine + ", " + command, directory, vmcore, command.split(" "));
        }
    }

    private void race(String name, Path directory, Path vmcore, String[] verb) throws Exception {
        Race race = new Race();
        String dump = "/mnt/" + vmcore.getFileName();
        race.add(
                "crash",
                null,
                () -> peers.timed(directory, "crash", "-s", "-i", "/mnt/commands", "/mnt/vmlinux", dump));
        race.add("drgn", null, () -> peers.timed(directory, "python3", "/mnt/stacks.py"));
        List<Object> words = new ArrayList<>(List.of((Object[]) verb));
        words.add(vmcore);
        race.add("kdump", null, () -> Command.timedKdump(words.toArray()));
        Map<String, Race.Result> results = race.run(ROUNDS);
        Race.Result crash = results.get("crash");
        Race.Result drgn = results.get("drgn");
        Race.Result ours = results.get("kdump");
        lines.add("| %s | %s | %s | %s | %.2f | %.2f |"
                .formatted(
                        name,
                        cell(crash),
                        cell(drgn),
                        cell(ours),
                        ours.seconds() / crash.seconds(),
                        ours.seconds() / drgn.seconds()));
    }

    private static String cell(Race.Result result) {
        return String.format(Locale.ROOT, "%.2f / %d", result.seconds(), result.mebibytes());
    }
}
