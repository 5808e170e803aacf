package org.kdump.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.debuginfo.btf.BtfKind;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.file.MappedArea;
import org.kdump.kernel.task.Task;
import org.kdump.kernel.task.UserMemory;
import org.kdump.vmcore.paging.Translation;

/// What we answer of a dump, laid before drgn, which has the debug information that we do without (`judge.py`).
final class Answers {
    /// Each verb with its words, `DUMP` for the dump's place; the file of the answer is named after them.
    private static final List<String> VERBS = List.of(
            "ps DUMP",
            "foreach bt DUMP",
            "mod DUMP",
            "sym DUMP -M",
            "sym DUMP -l",
            "log DUMP",
            "mount DUMP",
            "foreach files DUMP",
            "foreach vm DUMP",
            "kmem DUMP -V",
            "kmem DUMP -i",
            "kmem DUMP -s",
            "kmem DUMP -S task_struct",
            "kmem DUMP -v",
            "kmem DUMP -o",
            "irq DUMP -u",
            "timer DUMP",
            "timer DUMP -r",
            "net DUMP");

    private static final String JUDGE = "judge.py";

    /// How many `judge.py` asks.
    private static final int QUESTIONS = 22;

    /// Fewer of these no kernel has.
    private static final Map<String, Integer> LEAST = Map.of(
            "tasks", 40, "stacks", 150, "modules", 1, "symbols", 20_000, "structs", 1_000, "log", 200, "slabs", 50,
            "objects", 40);

    private Answers() {}

    /// Asks everything of a dump.
    ///
    /// @param directory where the answers go; made
    static void write(Path dump, Path directory) throws IOException {
        Files.createDirectories(directory);
        for (String verb : VERBS) {
            Object[] words = verb.replace("DUMP", dump.toString()).split(" ");
            Command command = Command.kdump(
                    Stream.concat(Stream.of(words), Stream.of("--json")).toArray());
            if (!command.err().isEmpty() || command.status() != 0) {
                System.err.println(verb + " of " + dump + ": " + command.status() + " " + command.err());
            }
            String name = verb.replace(" DUMP", "")
                    .replace("foreach bt", "foreach-bt")
                    .replace("foreach ", "")
                    .replace(" ", "");
            Files.writeString(directory.resolve(name + ".json"), command.out(), StandardCharsets.ISO_8859_1);
        }
        try (Kernel kernel = Kernel.open(dump)) {
            Files.write(directory.resolve("structs"), structs(kernel.types().types()));
            Files.write(directory.resolve("translations"), translations(kernel));
        }
    }

    /// `NAME SIZE MEMBER:BIT:BITS…` of each struct whose name no other has.
    private static List<String> structs(Btf types) {
        Map<String, String> structs = new LinkedHashMap<>();
        Set<String> ambiguous = new HashSet<>();
        for (int id = types.firstId(); id < types.endId(); id++) {
            if (types.is(id, BtfKind.STRUCT) && types.type(id) instanceof BtfType.Structure struct) {
                String members = struct.members().stream()
                        .map(member -> " " + member.name() + ":" + member.bitOffset() + ":" + member.bitFieldSize())
                        .collect(Collectors.joining());
                if (structs.put(struct.name(), struct.name() + " " + struct.size() + members) != null) {
                    ambiguous.add(struct.name());
                }
            }
        }
        structs.keySet().removeAll(ambiguous);
        structs.remove("");
        return List.copyOf(structs.values());
    }

    /// `TASK ADDRESS PHYSICAL` of the first page of each area of each process; `-` if none is mapped.
    private static List<String> translations(Kernel kernel) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Task task : kernel.tasks()) {
            if (task.memory().isPresent() && task.isLeader()) {
                var space = UserMemory.of(task).orElseThrow().space();
                for (MappedArea area : kernel.told(MappedArea.of(task.memory().get()))) {
                    String physical = space.translate(area.start()) instanceof Translation.Mapped mapped
                            ? "0x" + Long.toHexString(mapped.physicalAddress())
                            : "-";
                    lines.add("0x%x 0x%x %s".formatted(task.structure().address(), area.start(), physical));
                }
            }
        }
        return lines;
    }

    /// What we answer of a raw dump and of the same filtered at level 31 is what drgn answers of the raw one.
    ///
    /// Of stacks the rare frame may differ, where drgn or we find a way that the other does not.
    ///
    /// @param directory has the dump, and takes a kernel with debug information and all else
    /// @return what was compared, a line each
    static String assertJudged(Peers peers, Path directory, String raw, Path vmlinux) throws IOException {
        layDown(vmlinux, directory.resolve("vmlinux"));
        Path filtered = directory.resolve(raw + "-31");
        Command.kdump("capture", "--force", directory.resolve(raw), filtered, "-d", 31)
                .output();
        List<String> answers = List.of("of-" + raw, "of-" + raw + "-31");
        write(directory.resolve(raw), directory.resolve(answers.getFirst()));
        write(filtered, directory.resolve(answers.getLast()));
        List<Verdict> verdicts = judged(peers, directory, raw, answers);
        String all = verdicts.stream().map(Verdict::toString).collect(Collectors.joining("\n"));
        for (Verdict verdict : verdicts) {
            double least = verdict.question().equals("stacks") ? 0.99 : 1;
            Assertions.assertTrue(verdict.judged() && verdict.share() >= least, all);
        }
        LEAST.forEach((question, least) -> Assertions.assertTrue(
                verdicts.stream().anyMatch(one -> one.question().equals(question) && one.same() >= least), all));
        Assertions.assertEquals(QUESTIONS * answers.size(), verdicts.size(), all);
        return all;
    }

    /// A link, for the kernel is large; the judges see nothing outside of the directory.
    private static void layDown(Path vmlinux, Path place) throws IOException {
        Files.deleteIfExists(place);
        try {
            Files.createLink(place, vmlinux);
        } catch (IOException | UnsupportedOperationException anotherFileSystem) {
            Files.copy(vmlinux, place);
        }
    }

    /// Lets drgn judge what [#write] wrote.
    ///
    /// @param directory has the dump, `vmlinux`, and the answers
    static List<Verdict> judged(Peers peers, Path directory, String dump, List<String> answers) throws IOException {
        try (InputStream script = Answers.class.getResourceAsStream(JUDGE)) {
            Files.write(directory.resolve(JUDGE), script.readAllBytes());
        }
        List<String> words = new ArrayList<>(List.of("python3", "/mnt/" + JUDGE, "/mnt/" + dump, "/mnt/vmlinux"));
        answers.forEach(answer -> words.add("/mnt/" + answer));
        String said = peers.run(directory, words.toArray(String[]::new)).output();
        return Verdict.all(said);
    }
}
