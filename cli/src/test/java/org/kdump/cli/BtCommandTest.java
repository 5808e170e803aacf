package org.kdump.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `bt` and `foreach bt` on a kernel with two tasks.
class BtCommandTest {
    private static final String PANIC = """
            PID: 0        TASK: ffffffff80060000  CPU: 0    COMMAND: "swapper/0"
                [exception RIP: panic+64]
                RIP: ffffffff80010140  RSP: ffffffff8006f028  RFLAGS: 00000000
                RAX: 0000000000000000  RBX: 0000000000000000  RCX: 0000000000000000
                RDX: 0000000000000000  RSI: 0000000000000000  RDI: 0000000000000000
                RBP: 0000000000000000   R8: 0000000000000000   R9: 0000000000000000
                R10: 0000000000000000  R11: 0000000000000000  R12: 0000000000000000
                R13: 0000000000000000  R14: 0000000000000000  R15: 0000000000000000
                ORIG_RAX: 0000000000000000  CS: 0010  SS: 0000
             #0 [ffffffff8006f028] panic at ffffffff80010140
             #1 [ffffffff8006f028] schedule at ffffffff80010240
             #2 [ffffffff8006f038] kthread at ffffffff80010340
             #3 [ffffffff8006f048] ret_from_fork at ffffffff80010440
            """;

    private static final String INIT = """
            PID: 1        TASK: ffffffff80070000  CPU: 0    COMMAND: "init"
             #0 [ffffffff8007f030] schedule at ffffffff80010240
             #1 [ffffffff8007f040] kthread at ffffffff80010340
             #2 [ffffffff8007f050] ret_from_fork at ffffffff80010440
            """;

    @TempDir
    Path folder;

    private String dump;

    @BeforeEach
    void crash() throws IOException {
        dump = TrainingKernel.write(folder.resolve("vmcore")).toString();
    }

    private static String run(int status, String... words) {
        PrintStream console = System.out;
        PrintStream errors = System.err;
        var bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        System.setErr(System.out);
        try {
            assertEquals(status, Main.execute(words), () -> bytes.toString(StandardCharsets.UTF_8));
            return bytes.toString(StandardCharsets.UTF_8);
        } finally {
            System.setOut(console);
            System.setErr(errors);
        }
    }

    @Test
    void printsTheTaskThatCrashedOrTheOnesAskedFor() {
        assertEquals(PANIC, run(0, "bt", dump));
        assertEquals(PANIC, run(0, "bt", dump, "-a"));
        assertEquals(PANIC, run(0, "bt", "-c", "0-3,7", dump));
        assertEquals("", run(0, "bt", "-a", "-n", "idle", dump));
        assertEquals(INIT, run(0, "bt", dump, "1"));
        assertEquals(INIT, run(0, "bt", dump, "0xffffffff80070000"));
        assertEquals(PANIC + "\n" + INIT, run(0, "bt", dump, "0", "1"));
        assertEquals(INIT + "kdump: 77: there is no such task\n", run(1, "bt", dump, "77", "1"));
    }

    @Test
    void printsAllTasksOrThoseOfAKind() {
        assertEquals(PANIC + "\n" + INIT, run(0, "foreach", "bt", dump));
        assertEquals(INIT, run(0, "foreach", "init", "bt", dump));
        assertEquals(PANIC, run(0, "foreach", "active", "bt", dump));
        assertEquals(INIT, run(0, "foreach", "UN", "IN", "bt", dump));
        assertEquals(INIT, run(0, "foreach", "bt", dump, "-R", "schedule").split("\n\n")[1]);
        assertEquals("", run(1, "foreach", "nobody", "bt", dump));
        assertTrue(run(2, "foreach", "whatis", dump).contains("is no verb that it takes"));
    }

    @Test
    void asksOtherVerbsOfEachTask() {
        String tasks = run(0, "foreach", "ps", dump);
        assertTrue(tasks.contains(">       0       0   0  ffffffff80060000  RU") && tasks.contains("[init]"), tasks);
        assertEquals(2, run(0, "foreach", "set", dump).split("COMMAND").length - 1);
        assertTrue(run(0, "foreach", "init", "task", dump).contains("struct task_struct {"));
    }

    @Test
    void readsADumpWithoutFreeAndUserPages() {
        String filtered = folder.resolve("filtered").toString();
        String told = run(0, "capture", dump, filtered, "-d", "31");
        assertTrue(told.contains(" 96 free,") && told.contains(" 2 user,") && told.contains(" 3 cache,"), told);
        assertEquals(PANIC + "\n" + INIT, run(0, "foreach", "bt", filtered));
    }

    @Test
    void printsOffsetsAndWhatIsOnTheStack() {
        assertTrue(run(0, "bt", "-s", dump).contains("] panic+64 at"));
        assertTrue(run(0, "bt", "-sx", dump).contains("] panic+0x40 at"));
        assertTrue(run(0, "bt", "-f", dump).contains("    ffffffff8006f028: ffffffff80010240\n #1"));
        assertTrue(run(0, "bt", "-F", dump).contains("    ffffffff8006f028: schedule+64\n #1"));
        assertTrue(run(0, "bt", "-t", dump).contains("              START: panic at ffffffff80010140\n  [f"));
        assertTrue(run(0, "bt", "-T", dump).contains("\n  [ffffffff8006f028] schedule at ffffffff80010240\n"));
        assertTrue(run(0, "bt", "-r", dump).contains("\nffffffff8006f020:  0000000000000000 schedule+64\n"));
        assertTrue(run(0, "bt", "-l", dump).contains("they need debuginfo"));
    }

    @Test
    void putsEqualStacksTogether() {
        String all = run(0, "foreach", "bt", "--group", dump);
        assertTrue(all.startsWith("1 task: swapper/0 (0)\n #0 panic at ffffffff80010140\n"), all);
        assertTrue(run(0, "foreach", "bt", "--group", "--json", dump).contains("\"count\": 1"));
    }

    @Test
    void answersInJson() {
        String json = run(0, "bt", "--json", dump);
        assertTrue(json.contains("\"comm\": \"swapper/0\""), json);
        assertTrue(json.contains("\"function\": \"panic\",\n      \"offset\": 64,"), json);
        assertTrue(json.contains("\"problem\": null"), json);
    }

    @Test
    void saysWhatIsWrong() {
        assertTrue(run(2, "bt", "-c", "x", dump).contains("'x' is no CPU"));
        assertTrue(run(2, "bt", "-n", "busy", dump).contains("-n leaves out 'idle'"));
    }
}
