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
import org.kdump.qemu.DebianSuite;

/// `kdump capture` against makedumpfile, on the vmcores of machines full of files, whole process.
///
/// makedumpfile runs with its one thread, at which it is fastest. The table goes to the console and to
/// `e2e/target/bench/capture.md`.
@Tag("bench")
class CaptureBenchmark {
    private static final int ROUNDS = 3;
    private static final Map<String, String> SWITCHES = Map.of("zlib", "-c", "lzo", "-l", "zstd", "-z");

    private final List<String> lines = new ArrayList<>();
    private final Peers peers;

    CaptureBenchmark() throws IOException {
        peers = Peers.get();
    }

    @Test
    void againstMakedumpfile() throws Exception {
        lines.add(
                "| machine, level, codec | makedumpfile s / MiB out / MiB | kdump s / MiB out / MiB | ratio of time | of size |");
        lines.add("| --- | --- | --- | --- | --- |");
        Path two = new FilledMachine(DebianSuite.BOOKWORM, 2048, 1200).vmcore();
        Path eight = new FilledMachine(DebianSuite.BOOKWORM, 8192, 3000).vmcore();
        for (int level : new int[] {1, 31}) {
            for (String codec : new String[] {"zstd", "zlib", "lzo"}) {
                compare("2 GiB", two, level, codec);
            }
        }
        for (String codec : new String[] {"zstd", "zlib", "lzo"}) {
            compare("8 GiB", eight, 31, codec);
        }
        Path table = Files.createDirectories(Path.of("target/bench")).resolve("capture.md");
        Files.write(table, lines);
        lines.forEach(System.out::println);
    }

    private void compare(String machine, Path vmcore, int level, String codec) throws Exception {
        Path directory = vmcore.getParent();
        Path theirs = directory.resolve("theirs");
        Path ours = directory.resolve("ours");
        Race race = new Race();
        race.add(
                "makedumpfile",
                theirs,
                () -> peers.timed(
                        directory,
                        "makedumpfile",
                        SWITCHES.get(codec),
                        "-d",
                        Integer.toString(level),
                        "/mnt/vmcore",
                        "/mnt/theirs"));
        race.add("kdump", ours, () -> Command.timedKdump("capture", vmcore, ours, "-d", level, "--compress", codec));
        Map<String, Race.Result> results = race.run(ROUNDS);
        Race.Result other = results.get("makedumpfile");
        Race.Result our = results.get("kdump");
        lines.add(String.format(
                Locale.ROOT,
                "| %s -d %d %s | %s | %s | %.2f | %.2f |",
                machine,
                level,
                codec,
                text(other),
                text(our),
                our.seconds() / other.seconds(),
                our.outputMebibytes() / other.outputMebibytes()));
        System.out.println(lines.getLast());
    }

    private static String text(Race.Result result) {
        return String.format(
                Locale.ROOT, "%.2f / %.1f / %d", result.seconds(), result.outputMebibytes(), result.mebibytes());
    }
}
