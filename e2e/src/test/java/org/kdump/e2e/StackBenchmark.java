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

/// `kdump bt`, `ps`, `log` and `foreach bt` against crash and drgn with their debug information, on the vmcores
/// of machines full of files, whole process.
///
/// Wanted are a tenth of crash's time, seven tenths of drgn's, and half of drgn's memory. The table goes to the
/// console and to `e2e/target/bench/stacks.md`.
@Tag("bench")
class StackBenchmark {
    private static final int ROUNDS = 3;

    /// How drgn begins, whatever it is asked.
    private static final String DRGN = """
            import drgn
            prog = drgn.Program()
            prog.set_core_dump("/mnt/%s")
            prog.load_debug_info(["/mnt/vmlinux"])
            """;

    /// What each is asked, and how drgn answers; the stacks of all tasks as the tests ask for them.
    private static final Map<String, String> QUESTIONS = Map.of(
            "bt", DRGN + "print(prog.crashed_thread().stack_trace())\n",
            "ps", DRGN + """
                    from drgn.helpers.linux import for_each_task, task_cpu, task_rss, task_state_to_char
                    for task in for_each_task(prog):
                        print(task.pid.value_(), task.parent.pid.value_(), task_cpu(task), hex(task),
                            task_state_to_char(task), task_rss(task).total, task.comm.string_())
                    """,
            "log", DRGN + """
                    from drgn.helpers.linux.printk import print_dmesg
                    print_dmesg(prog)
                    """,
            "foreach bt", Stacks.DRGN);

    private final List<String> lines = new ArrayList<>();
    private final Peers peers;

    StackBenchmark() throws IOException {
        peers = Peers.get();
    }

    @Test
    void againstCrashAndDrgn() throws Exception {
        lines.add(
                "| dump | crash s / MiB | drgn s / MiB | kdump s / MiB | time to crash's | to drgn's | memory to drgn's |");
        lines.add("| --- | --- | --- | --- | --- | --- | --- |");
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
        for (String command : List.of("bt", "ps", "log", "foreach bt")) {
            Files.writeString(
                    directory.resolve("question.py"), QUESTIONS.get(command).formatted(vmcore.getFileName()));
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
        race.add("drgn", null, () -> peers.timed(directory, "python3", "/mnt/question.py"));
        List<Object> words = new ArrayList<>(List.of((Object[]) verb));
        words.add(vmcore);
        race.add("kdump", null, () -> Command.timedKdump(words.toArray()));
        Map<String, Race.Result> results = race.run(ROUNDS);
        Race.Result crash = results.get("crash");
        Race.Result drgn = results.get("drgn");
        Race.Result ours = results.get("kdump");
        lines.add("| %s | %s | %s | %s | %.2f | %.2f | %.2f |"
                .formatted(
                        name,
                        cell(crash),
                        cell(drgn),
                        cell(ours),
                        ours.seconds() / crash.seconds(),
                        ours.seconds() / drgn.seconds(),
                        (double) ours.mebibytes() / drgn.mebibytes()));
    }

    private static String cell(Race.Result result) {
        return String.format(Locale.ROOT, "%.2f / %d", result.seconds(), result.mebibytes());
    }
}
