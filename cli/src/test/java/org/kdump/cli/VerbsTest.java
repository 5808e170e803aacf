package org.kdump.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every verb that reads a dump answers, or says in one line why it cannot: of a kernel that lacks most of
/// what a real
/// one has, and of dumps that are damaged anywhere.
class VerbsTest {
    private static final long SEED = 20261123;
    private static final int DAMAGED = 5;

    @TempDir
    Path folder;

    private Path kernel;

    static Stream<List<String>> questions() {
        return Stream.of(
                        "info DUMP",
                        "why DUMP",
                        "log DUMP",
                        "log -a DUMP",
                        "sys DUMP",
                        "ps DUMP",
                        "ps -t DUMP",
                        "ps -m DUMP",
                        "ps -a DUMP",
                        "ps -r DUMP",
                        "ps -p DUMP",
                        "ps -c DUMP",
                        "ps -g DUMP",
                        "ps -S DUMP",
                        "ps --json DUMP",
                        "set DUMP",
                        "task DUMP",
                        "task DUMP -R pid,cpu",
                        "foreach task -R pid DUMP",
                        "foreach files DUMP",
                        "foreach RU files -c DUMP",
                        "foreach files -R console DUMP",
                        "foreach vm DUMP",
                        "foreach vm -p DUMP",
                        "foreach set DUMP",
                        "foreach net -S DUMP",
                        "foreach ps -t DUMP",
                        "foreach bt -e DUMP",
                        "files DUMP -d init_task",
                        "files DUMP -p init_task",
                        "files DUMP -n init_task",
                        "vm DUMP -f 8100073",
                        "vm DUMP -m",
                        "ps -Y DUMP",
                        "ps -s -y FIFO DUMP",
                        "ps -l -C 0 DUMP",
                        "set -c 0 DUMP",
                        "sys -t DUMP",
                        "sys -c DUMP",
                        "sys -i DUMP",
                        "sys DUMP config",
                        "mach -m DUMP",
                        "mach -c DUMP",
                        "mount -i -f DUMP",
                        "bt -v DUMP",
                        "bt -E DUMP",
                        "bt -FF DUMP",
                        "bt -S ffffffff8006f028 DUMP",
                        "mount DUMP",
                        "mod DUMP",
                        "bt -a DUMP",
                        "foreach bt DUMP",
                        "kmem -i DUMP",
                        "kmem -s DUMP",
                        "kmem -S DUMP task_struct",
                        "kmem -f DUMP",
                        "kmem -p DUMP",
                        "kmem -p --json DUMP 60000",
                        "kmem -v DUMP",
                        "kmem -V DUMP",
                        "kmem -z DUMP",
                        "kmem -o DUMP",
                        "kmem -h DUMP",
                        "kmem -n DUMP",
                        "kmem -F DUMP",
                        "kmem -g DUMP 36c",
                        "kmem -m flags DUMP 60000",
                        "kmem -s DUMP list",
                        "kmem -v DUMP 60000",
                        "kmem DUMP init_task",
                        "irq -u -s DUMP",
                        "irq -a DUMP",
                        "irq -b DUMP",
                        "irq -d DUMP",
                        "dev DUMP",
                        "dev -i DUMP",
                        "dev -p DUMP",
                        "dev -d DUMP",
                        "net -a DUMP",
                        "net -N 16777343 DUMP",
                        "runq -g DUMP",
                        "runq -T DUMP",
                        "runq -m DUMP",
                        "timer DUMP",
                        "timer -r DUMP",
                        "runq DUMP",
                        "net DUMP",
                        "net -s DUMP",
                        "mach DUMP",
                        "search DUMP ffffffff80060000",
                        "search DUMP -c init -t",
                        "search DUMP -w 1 -u --task 1",
                        "search DUMP -h 1 -s init_task -l 4096",
                        "sym DUMP panic",
                        "sym -l DUMP",
                        "rd DUMP init_task 64",
                        "rd -p DUMP 60000 4",
                        "rd -a DUMP init_task",
                        "vtop DUMP init_task 400000",
                        "foreach vtop DUMP init_task 400000",
                        "sym -p -n DUMP panic",
                        "log -s DUMP",
                        "mod -s DUMP",
                        "whatis -r 0-100 -m long DUMP",
                        "whatis -o --json DUMP task_struct",
                        "dis DUMP -r -x panic+8 2",
                        "dis DUMP panic 4",
                        "dis DUMP -r panic+8",
                        "dis DUMP --json -u 400000",
                        "ptov DUMP 1000",
                        "ptob DUMP 1",
                        "btop DUMP 1000",
                        "pte DUMP 8000000001234067",
                        "struct DUMP task_struct init_task",
                        "whatis DUMP task_struct",
                        "p DUMP (struct task_struct)init_task.comm",
                        "p DUMP current_task:a",
                        "p -u DUMP 400000",
                        "list DUMP --entry init_task -o task_struct.tasks -s task_struct.pid",
                        "list DUMP -H init_task",
                        "list DUMP -r -h init_task -o task_struct.tasks",
                        "list DUMP task_struct.parent init_task",
                        "tree DUMP -t m -v init_task",
                        "tree DUMP -p -N init_task",
                        "struct DUMP task_struct.pid,parent init_task -p",
                        "struct DUMP rq runqueues:a",
                        "struct DUMP -r task_struct init_task",
                        "rd DUMP init_task -S 16",
                        "rd DUMP -R init_task 4",
                        "rd DUMP -f 0 4",
                        "tree DUMP -t maple init_task",
                        "tree DUMP -t xarray init_task",
                        "tree DUMP init_task")
                .map(line -> List.of(line.split(" ")));
    }

    @BeforeEach
    void crash() throws IOException {
        kernel = TrainingKernel.write(folder.resolve("vmcore"));
    }

    private static String run(List<String> words, Path dump) {
        PrintStream console = System.out;
        PrintStream errors = System.err;
        var bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        System.setErr(System.out);
        try {
            String[] all = words.stream()
                    .map(word -> word.equals("DUMP") ? dump.toString() : word)
                    .toArray(String[]::new);
            int status = assertTimeoutPreemptively(Duration.ofSeconds(20), () -> Main.execute(all));
            return status + "\n" + bytes.toString(StandardCharsets.UTF_8);
        } finally {
            System.setOut(console);
            System.setErr(errors);
        }
    }

    private static void isPlain(String whole, List<String> words) {
        // Damaged text may be long, and hold anything.
        String answer = whole.substring(0, Math.min(whole.length(), 4000)).replaceAll("[^\\n -~]", "?");
        assertFalse(answer.contains("internal error") || answer.contains("\tat "), words + "\n" + answer);
        assertTrue(answer.startsWith("0\n") || answer.startsWith("1\n"), words + "\n" + answer);
    }

    @Test
    void answersOrSaysWhyNot() throws IOException {
        for (List<String> words : questions().toList()) {
            answersOrSaysWhyNot(words);
        }
    }

    private void answersOrSaysWhyNot(List<String> words) throws IOException {
        isPlain(run(words, kernel), words);
        byte[] whole = Files.readAllBytes(kernel);
        Random random = new Random(SEED);
        for (int i = 0; i < DAMAGED; i++) {
            byte[] damaged = i % 3 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            for (int change = 0; change < 200 && damaged.length > 0; change++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            Path file = Files.write(folder.resolve("damaged"), damaged);
            String answer = run(words, file);
            isPlain(answer, words);
        }
    }

    @Test
    void answersWhatIsThere() {
        assertTrue(run(List.of("ps", "DUMP"), kernel).contains("TASK        ST"));
        assertTrue(run(List.of("set", "DUMP"), kernel).contains("COMMAND: \"swapper/0\""));
        assertTrue(run(List.of("rd", "DUMP", "init_task", "2"), kernel).contains("ffffffff80060000:  "));
        assertTrue(run(List.of("vtop", "DUMP", "init_task"), kernel).contains("60000"));
        assertTrue(run(List.of("search", "DUMP", "ffffffff80060000"), kernel).contains("50018"));
        String comm = run(List.of("p", "DUMP", "(struct task_struct)init_task.comm"), kernel);
        assertTrue(comm.contains("\"swapper/0"), comm);
    }
}
