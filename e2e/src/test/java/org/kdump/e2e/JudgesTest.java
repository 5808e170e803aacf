package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.debuginfo.btf.BtfKind;
import org.kdump.debuginfo.btf.CText;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.qemu.CrashGuest;
import org.kdump.qemu.DebianKernels;
import org.kdump.qemu.DebianSuite;
import org.kdump.qemu.KernelPackage;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.format.VmcoreFile;
import org.kdump.vmcore.paging.VirtualMemory;

/// Tools that we did not write say the same of our dumps as of a plain copy of /proc/vmcore.
@Tag("vm")
class JudgesTest {
    private static final String DRGN = """
            import drgn
            from drgn.helpers.linux.pid import for_each_task
            prog = drgn.Program()
            prog.set_core_dump("/mnt/%s")
            prog.load_debug_info(["/mnt/vmlinux"])
            print(prog["init_uts_ns"].name.release.string_().decode())
            for task in for_each_task(prog):
                print(hex(task.value_()), task.pid.value_(), task.comm.string_().decode(), hex(task.mm.value_()))
            """;

    /// Sets the loopback device up, which gives it its addresses.
    private static final String LOOPBACK = "!write /sys/class/net/lo/flags 0x49";

    @TempDir
    static Path directory;

    private static Peers peers;
    private static KernelPackage kernel;

    @BeforeAll
    static void crashOnce() throws IOException {
        assumeTrue(Peers.areAvailable(), "only root can enter the judges' root directory");
        peers = Peers.get();
        String load = CrashGuest.load("cp", "poweroff", "");
        // What the kernel audits stays with it, for there is no daemon that would take it.
        try (Story story = Story.start(
                DebianSuite.BOOKWORM,
                directory,
                guest -> guest.parameters("audit=1").script(List.of(load, LOOPBACK, "!listen 4242", "!crash")))) {
            story.seeSuccess();
            Files.move(story.captured().resolve("vmcore"), directory.resolve("raw"));
            kernel = story.kernel();
            Path vmlinux = DebianKernels.ofHost().debugVmlinux(DebianSuite.BOOKWORM, kernel);
            Files.copy(vmlinux, directory.resolve("vmlinux"));
        }
        Path raw = directory.resolve("raw");
        Command.kdump("capture", raw, directory.resolve("zstd"), "-d", 17).output();
        Command.kdump("capture", raw, directory.resolve("zlib"), "-d", 17, "--compress", "zlib")
                .output();
        Command.kdump("capture", raw, directory.resolve("elf"), "-d", 17, "--format", "elf")
                .output();
        Command.kdump("capture", raw, directory.resolve("vmemmap"), "-d", 31, "-e")
                .output();
        for (String codec : new String[] {"lzo", "snappy"}) {
            Command.kdump("capture", raw, directory.resolve(codec), "-d", 17, "--compress", codec)
                    .output();
        }
        Path flattened = directory.resolve("flattened");
        Command.kdump("capture", raw, flattened, "-d", 17, "--format", "flattened")
                .output();
        Command.kdump("convert", "-R", flattened, directory.resolve("rearranged"))
                .output();
        Command.kdump("capture", raw, "--split", "-d", 17, directory.resolve("part1"), directory.resolve("part2"))
                .output();
        peers.run(directory, "makedumpfile", "--reassemble", "/mnt/part1", "/mnt/part2", "/mnt/reassembled")
                .output();
    }

    @AfterAll
    static void makeRoom() throws IOException {
        Files.deleteIfExists(directory.resolve("vmlinux"));
    }

    static Stream<String> dumps() {
        return Stream.of("zstd", "zlib", "lzo", "elf", "rearranged", "reassembled", "vmemmap");
    }

    /// Debian builds makedumpfile without snappy, and a flattened dump it reads from a pipe only.
    static Stream<String> allDumps() {
        return Stream.concat(dumps(), Stream.of("snappy", "flattened"));
    }

    @Test
    void readelfLikesTheElfDump() throws IOException {
        Command readelf =
                Command.run(List.of("readelf", "-aW", directory.resolve("elf").toString()));
        assertEquals("", readelf.err());
        assertFalse(readelf.output().toLowerCase().contains("warning"), readelf.out());
        assertTrue(readelf.out().contains("VMCOREINFO"), readelf.out());
    }

    @ParameterizedTest
    @MethodSource("allDumps")
    void verifyFindsThemSound(String dump) throws IOException {
        String said = Command.kdump("verify", directory.resolve(dump)).output();
        assertTrue(said.contains(": sound"), said);
    }

    @Test
    void makedumpfilesFlattenedAndSplitDumpsAreRead() throws IOException {
        peers.run(directory, "sh", "-c", "makedumpfile -F -l -d 17 /mnt/raw > /mnt/their-flattened")
                .output();
        peers.run(directory, "makedumpfile", "--split", "-l", "-d", "17", "/mnt/raw", "/mnt/their1", "/mnt/their2")
                .output();
        String log = Command.kdump("log", directory.resolve("raw")).output();
        assertEquals(
                log, Command.kdump("log", directory.resolve("their-flattened")).output());
        Path joined = directory.resolve("their-joined");
        for (String[] words : new String[][] {{"convert"}, {"capture", "--reassemble"}}) {
            Object[] all = Stream.concat(
                            Stream.of(words),
                            Stream.of(directory.resolve("their2"), directory.resolve("their1"), joined, "--force"))
                    .toArray();
            Command.kdump(all).output();
            assertEquals(log, Command.kdump("log", joined).output());
        }
    }

    @Test
    void rawMemoryGivesTheSameLog() throws IOException {
        Path memory = directory.resolve("memory");
        Command.kdump("convert", directory.resolve("raw"), memory, "--format", "raw")
                .output();
        String log = Command.kdump("log", directory.resolve("raw")).output();
        assertEquals(log, Command.kdump("log", memory).output());
        Files.delete(memory);
    }

    @ParameterizedTest
    @MethodSource("dumps")
    void makedumpfileReadsTheSameLog(String dump) throws IOException {
        Path log = directory.resolve("log-" + dump);
        peers.run(directory, "makedumpfile", "--dump-dmesg", "/mnt/" + dump, "/mnt/log-" + dump)
                .output();
        String ours = Command.kdump("log", "--caller", directory.resolve(dump)).output();
        assertEquals(Files.readString(log, StandardCharsets.ISO_8859_1), ours);
        assertTrue(ours.contains("Kernel panic - not syncing"), ours);
    }

    @ParameterizedTest
    @MethodSource("allDumps")
    void crashSaysTheSameOfOursAsOfTheRaw(String dump) throws IOException {
        String raw = crash("raw");
        assertTrue(raw.contains("PANIC: \"Kernel panic - not syncing: sysrq triggered crash\""), raw);
        assertTrue(raw.lines().filter(line -> line.contains("[kworker")).count() > 5, raw);
        assertEquals(raw, crash(dump));
    }

    private static String crash(String dump) throws IOException {
        return crash(dump, "sys\nps\nbt -a\nmod\nquit\n");
    }

    private static String crash(String dump, String commands) throws IOException {
        Files.writeString(directory.resolve("commands"), commands);
        String out = peers.run(directory, "crash", "-s", "-i", "/mnt/commands", "/mnt/vmlinux", "/mnt/" + dump)
                .output();
        // Which file it is, and whether it is partial, is all that may differ.
        return String.join(
                "\n", out.lines().filter(line -> !line.contains("DUMPFILE:")).toList());
    }

    /// The raw dump has all memory, so that nothing that a level must keep could have been missing before.
    @Test
    void whatTheKernelUsesIsInTheDumpOfEachLevel() throws IOException {
        System.out.println(ContainmentTest.check(directory.resolve("raw"), directory, 1, 2, 4, 8, 16, 31));
    }

    /// makedumpfile is right on this kernel.
    @Test
    void aDumpIsAsSmallAsMakedumpfiles() throws IOException {
        peers.run(directory, "makedumpfile", "-z", "-d", "31", "/mnt/raw", "/mnt/their-zstd")
                .output();
        Path ours = directory.resolve("our-zstd");
        Command.kdump("capture", directory.resolve("raw"), ours, "-d", 31).output();
        double ratio = (double) Files.size(ours) / Files.size(directory.resolve("their-zstd"));
        assertTrue(ratio < 1.05, "of the size of makedumpfile's: " + ratio);
    }

    @Test
    void crashDoesNotSeeWhatWasErased() throws IOException {
        Path rules = Files.writeString(directory.resolve("rules"), """
                erase (struct uts_namespace) init_uts_ns.name.nodename
                erase (char *) saved_command_line
                for task in (task_struct) init_task.tasks within task_struct:tasks
                    erase task.comm
                endfor
                [nosuch]
                erase x
                """);
        Path erased = directory.resolve("erased");
        String said = Command.kdump("capture", "-q", directory.resolve("raw"), erased, "-d", 31, "--config", rules)
                .output();
        assertTrue(said.contains("erase (uts_namespace)init_uts_ns.name.nodename size 65\n"), said);
        assertTrue(said.contains("# [nosuch]: the module is not loaded\n"), said);
        String commands = "p (char*)saved_command_line\np init_uts_ns.name.nodename\nps\nquit\n";
        String raw = crash("raw", commands);
        assertTrue(raw.contains("crashkernel=256M") && raw.contains("[kthreadd]"), raw);
        String out = crash("erased", commands);
        assertTrue(out.contains("XXXX") && !out.contains("crashkernel") && !out.contains("kthreadd"), out);
        assertEquals(tasks(raw), tasks(out), "all else of a task is as it was");
        Path elf = directory.resolve("erased-elf");
        Command.kdump("convert", "-q", erased, elf, "--format", "elf").output();
        assertTrue(
                Command.run(List.of("readelf", "-n", elf.toString())).output().contains("ERASEINFO"));
        assertTrue(Command.kdump("verify", erased).output().contains(": sound"));
    }

    /// What `ps` tells of each task, but for its name.
    private static List<String> tasks(String crash) {
        return crash.lines()
                .filter(line -> line.matches("[> ]+\\d+ +\\d+ +\\d+ +[0-9a-f]{16} .*"))
                .map(line -> line.replaceFirst("[^ ]*$", ""))
                .toList();
    }

    @Test
    void theExampleOfAPluginWorks() throws IOException {
        String secret = "crashkernel=256M";
        Path raw = directory.resolve("raw");
        Path dump = directory.resolve("without-secret");
        Path jar = ExamplePlugin.build(directory);
        String said = Command.kdump(
                        "capture",
                        "-q",
                        raw,
                        dump,
                        "-d",
                        17,
                        "--compress",
                        "none",
                        "--plugin",
                        jar,
                        "--filter",
                        "vault=" + secret)
                .output();
        assertTrue(said.matches("(?s).*# vault: the secret stood in [1-9]\\d* places\n"), said);
        assertEquals(
                0, Command.run(List.of("grep", "-qF", secret, raw.toString())).status());
        assertEquals(
                1, Command.run(List.of("grep", "-qF", secret, dump.toString())).status());
        assertTrue(Command.kdump("log", dump).output().contains("XXXXXXXXXXXXXXXX"));
    }

    @Test
    void whateverAKilledCaptureLeavesOpens() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed + ": " + new Kills(directory.resolve("raw"), directory, seed).run(30));
    }

    @Test
    @Tag("soak")
    void whateverAThousandKilledCapturesLeaveOpens() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed + ": " + new Kills(directory.resolve("raw"), directory, seed).run(1000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"kdump", "elf", "flattened"})
    void aFullDiskLeavesADumpWithTheLog(String format) throws IOException {
        Path small = Files.createDirectory(directory.resolve("small-" + format));
        Command.run(List.of("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", small.toString()))
                .output();
        try {
            Path target = small.resolve("dump");
            Command full = Command.kdump(
                    "capture", "-q", "--log-first", "-d", 17, "--format", format, directory.resolve("raw"), target);
            assertEquals(1, full.status(), full.out());
            assertTrue(full.err().contains("No space left on device"), full.err());
            assertTrue(full.err().contains("NOT complete"), full.err());
            Path left = small.resolve("dump.incomplete");
            assertTrue(Files.size(left) > 1 << 20);
            String log = Command.kdump("log", directory.resolve("raw")).output();
            assertEquals(log, Command.kdump("log", left).output());
            Command info = Command.kdump("info", left);
            assertTrue(
                    info.out().contains("sysrq triggered crash") && info.err().contains("the answer is incomplete"),
                    info::toString);
        } finally {
            Command.run(List.of("umount", small.toString())).output();
        }
    }

    /// A thousand structs by the BTF in the dump, as crash knows them by the debug information.
    @Test
    void crashLaysOutStructsAsWeDo() throws IOException {
        Map<String, String> ours = new LinkedHashMap<>();
        try (Vmcore vmcore = VmcoreFile.open(directory.resolve("raw"))) {
            Btf types = TypedMemory.of(VirtualMemory.kernel(vmcore), name -> OptionalLong.empty())
                    .types();
            // Of types that share a name crash may mean another.
            Set<String> ambiguous = new HashSet<>();
            for (int id = types.firstId(); id < types.endId(); id++) {
                if (types.is(id, BtfKind.STRUCT) && !types.name(id).isEmpty()) {
                    String text = CText.definition(types, id, new CText.Margin.Offsets());
                    if (ours.put(types.name(id), text) != null) {
                        ambiguous.add(types.name(id));
                    }
                }
            }
            ours.keySet().removeAll(ambiguous);
            ours.keySet().removeIf(name -> name.hashCode() % 4 != 0);
        }
        assertTrue(ours.size() > 1000, ours.size() + " structs");
        String commands = String.join(
                "",
                ours.keySet().stream().map(name -> "struct -o " + name + "\n").toList());
        Files.writeString(directory.resolve("commands"), commands + "quit\n");
        String crash = peers.run(directory, "crash", "-s", "-i", "/mnt/commands", "/mnt/vmlinux", "/mnt/raw")
                .output();
        int same = 0;
        for (String struct : crash.split("(?m)^(?=struct \\w+ \\{$)")) {
            String name = struct.substring(0, struct.indexOf('\n') + 1).replaceAll("^struct | \\{\n$", "");
            if (ours.containsKey(name)) {
                assertTrue(members(ours.get(name)).containsAll(members(struct)), struct + ours.get(name));
                same++;
            }
        }
        assertTrue(same > 1000, same + " structs of crash:\n" + crash);
    }

    /// Tasks, files, memory, interrupts and whatever else both know, of the raw dump and of a filtered one.
    @Test
    void crashAnswersAsWeDo() throws IOException {
        StringBuilder commands = new StringBuilder();
        Question.ALL.forEach(question -> commands.append(question.crash()).append("\n!echo ====\n"));
        String[] answers = crash("raw", commands + "quit\n").split("====", -1);
        assertEquals(Question.ALL.size() + 1, answers.length);
        for (int i = 0; i < answers.length - 1; i++) {
            Question question = Question.ALL.get(i);
            List<String> theirs = Question.essence(answers[i], question.theirs());
            assertFalse(theirs.isEmpty(), question + "\n" + answers[i]);
            Path filtered = directory.resolve(question.asksForPages() ? "zstd" : "vmemmap");
            for (Path dump : List.of(directory.resolve("raw"), filtered)) {
                Object[] words =
                        question.ours().replace("DUMP", dump.toString()).split(" ");
                List<String> ours = Question.essence(Command.kdump(words).out(), question.our());
                assertEquals(String.join("\n", theirs), String.join("\n", ours), question + " of " + dump);
            }
        }
    }

    /// Whatever else drgn knows, of the raw dump and of one of level 31.
    @Test
    void drgnAnswersAsWeDo() throws IOException {
        Path vmlinux = DebianKernels.ofHost().debugVmlinux(DebianSuite.BOOKWORM, kernel);
        System.out.println(Answers.assertJudged(peers, directory, "raw", vmlinux));
    }

    @Test
    void namesInJsonAreAsDocumented() throws IOException {
        List<JsonNames> all = JsonNames.documented();
        assertTrue(all.size() > 60, all::toString);
        List<String> wrong = new ArrayList<>();
        for (JsonNames each : all) {
            List<Object> words = new ArrayList<>(List.of(each.question()
                    .replace("DUMP", directory.resolve("raw").toString())
                    .split(" ")));
            words.add("--json");
            String answer = Command.kdump(words.toArray()).out();
            Set<String> differences = each.differences(answer);
            if (!differences.isEmpty()) {
                wrong.add(each.question() + ": " + differences);
            }
        }
        assertEquals(List.of(), wrong);
    }

    /// Frame by frame, of all tasks, with debug information and without.
    @Test
    void drgnAndCrashUnwindAsWeDo() throws IOException {
        Stacks ours = Stacks.of(
                Command.kdump("foreach", "bt", directory.resolve("raw")).output());
        assertTrue(ours.count() > 200, ours.toString());
        Files.writeString(directory.resolve("stacks.py"), Stacks.DRGN.formatted("raw"));
        compare(
                ours,
                Stacks.of(peers.run(directory, "python3", "/mnt/stacks.py").output()));
        Files.writeString(directory.resolve("commands"), "foreach bt\nquit\n");
        String crash = peers.run(directory, "crash", "-s", "-i", "/mnt/commands", "/mnt/vmlinux", "/mnt/raw")
                .output();
        compare(ours, Stacks.of(crash));
    }

    private static void compare(Stacks ours, Stacks theirs) {
        assertEquals(theirs.frames().keySet(), ours.frames().keySet());
        int same = ours.sameAs(theirs);
        assertTrue(same > 0.99 * theirs.count() && same > 0.99 * ours.count(), () -> ours + "\n" + theirs);
    }

    /// Offsets and names: crash gives no offsets within what has a name, and BTF knows arrays of one
    /// dimension only.
    private static Set<String> members(String struct) {
        Set<String> members = new HashSet<>();
        Matcher line = Pattern.compile(
                        "(?m)^ *(\\[\\d+]) .*?(?:\\(\\*+)?(\\w+)(?:\\[\\d*])*(?:\\)\\(.*)?(?: : \\d+)?;$")
                .matcher(struct);
        while (line.find()) {
            members.add(line.group(1) + line.group(2));
        }
        return members;
    }

    @ParameterizedTest
    @MethodSource("allDumps")
    void drgnSaysTheSameOfOursAsOfTheRaw(String dump) throws IOException {
        String raw = drgn("raw");
        assertTrue(raw.lines().count() > 40 && raw.contains("kthreadd"), raw);
        assertEquals(raw, drgn(dump));
    }

    private static String drgn(String dump) throws IOException {
        Files.writeString(directory.resolve("tasks.py"), DRGN.formatted(dump));
        return peers.run(directory, "python3", "/mnt/tasks.py").output();
    }
}
