package org.kdump.e2e;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/// Whatever is damaged in a real dump: each verb answers as far as it can, or says in a line why it cannot,
/// soon and with little memory.
final class Hostility {
    private static final double SECONDS = 120;
    private static final long MEBIBYTES = 768;

    private static final List<String> QUESTIONS = List.of(
            "info DUMP",
            "why DUMP",
            "log DUMP",
            "log -a DUMP",
            "sys DUMP",
            "ps DUMP",
            "ps -a DUMP",
            "ps -m DUMP",
            "ps -p DUMP",
            "ps --json DUMP",
            "task DUMP",
            "foreach files DUMP",
            "foreach vm DUMP",
            "mount DUMP",
            "mod DUMP",
            "bt -a DUMP",
            "bt -f DUMP 1",
            "foreach bt DUMP",
            "kmem -i DUMP",
            "kmem -s DUMP",
            "kmem -S DUMP task_struct",
            "kmem -f DUMP",
            "kmem -v DUMP",
            "kmem -V DUMP",
            "kmem -z DUMP",
            "kmem DUMP init_task",
            "irq -u -s DUMP",
            "dev DUMP",
            "timer DUMP",
            "timer -r DUMP",
            "runq DUMP",
            "net DUMP",
            "net -s DUMP",
            "mach DUMP",
            "sym -l DUMP",
            "sym -M DUMP",
            "rd DUMP init_task 64",
            "vtop DUMP init_task 400000",
            "dis DUMP panic",
            "struct DUMP task_struct init_task",
            "p DUMP jiffies_64",
            "list DUMP --entry init_task -o task_struct.tasks -s task_struct.pid",
            "list DUMP -H modules",
            "search DUMP -p -c vmlinuz");

    private Hostility() {}

    /// Asks a damaged dump everything.
    static void ask(Path dump, String what) throws IOException {
        for (String question : QUESTIONS) {
            Object[] words = question.replace("DUMP", dump.toString()).split(" ");
            Race.Measured answer = Race.measured(Command.kdumpWords(List.of(), words));
            Command command = answer.command();
            String told = what + ": " + question + ": " + command.status() + " after " + answer.seconds() + " s, "
                    + answer.mebibytes() + " MiB\n" + command.err();
            String all = command.out() + command.err();
            assertTrue(command.status() == 0 || command.status() == 1, told);
            assertFalse(all.contains("internal error") || all.contains("\n\tat "), told);
            assertTrue(answer.seconds() < SECONDS && answer.mebibytes() < MEBIBYTES + (Files.size(dump) >> 20), told);
        }
    }

    /// Damages a dump in each way and asks.
    static void check(Path dump, Path work, long seed) throws IOException {
        Random random = new Random(seed);
        Path damaged = work.resolve("damaged");
        try (Damage copy = Damage.copy(dump, damaged)) {
            copy.scatterPointers(random, 2000);
            ask(damaged, "pointers, seed " + seed);
            copy.scatterNoise(random, 10);
            ask(damaged, "noise, seed " + seed);
            copy.truncate(random);
            ask(damaged, "cut off, seed " + seed);
        } finally {
            Files.deleteIfExists(damaged);
        }
    }
}
