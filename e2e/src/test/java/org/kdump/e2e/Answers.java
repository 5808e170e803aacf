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
            "files DUMP --all",
            "vm DUMP --all",
            "kmem DUMP -V",
            "kmem DUMP -i",
            "kmem DUMP -s",
            "kmem DUMP -v",
            "kmem DUMP -o",
            "irq DUMP",
            "timer DUMP",
            "timer DUMP -r",
            "net DUMP");

    private static final String JUDGE = "judge.py";

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
                    .replace(" --all", "")
                    .replace(" ", "")
                    .replace("foreachbt", "foreach-bt");
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
