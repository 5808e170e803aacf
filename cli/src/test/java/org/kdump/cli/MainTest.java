package org.kdump.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a user sees who does something wrong: one clear line, and a status that is not 0.
class MainTest {
    @TempDir
    Path folder;

    private record Run(int status, String out, String err) {}

    private static Run run(String... arguments) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        var outBytes = new ByteArrayOutputStream();
        var errBytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
        try {
            int status = Main.execute(arguments);
            return new Run(
                    status, outBytes.toString(StandardCharsets.UTF_8), errBytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private static void failsWith(Run run, int status, String words) {
        assertEquals(status, run.status(), run.err());
        assertTrue(run.err().startsWith("kdump: "), run.err());
        assertTrue(run.err().contains(words), run.err());
        assertFalse(run.err().contains("\tat "), "a stack trace: " + run.err());
        assertTrue(run.err().lines().count() <= 2, run.err());
    }

    @Test
    void versionAndHelp() {
        assertTrue(run("--version").out().startsWith("kdump "));
        Run help = run("--help");
        assertEquals(0, help.status());
        for (String verb : new String[] {
            "load",
            "unload",
            "status",
            "purgatory",
            "capture",
            "convert",
            "verify",
            "info",
            "log",
            "sym",
            "struct",
            "union",
            "whatis",
            "demo"
        }) {
            assertTrue(help.out().contains("\n  " + verb + " "), verb);
            assertEquals(0, run(verb, "--help").status());
        }
    }

    @Test
    void wrongWords() {
        failsWith(run(), 2, "which verb?");
        failsWith(run("frobnicate"), 2, "there is no verb 'frobnicate'");
        failsWith(run("info"), 2, "'DUMP'");
        failsWith(run("info", "--frobnicate", "x"), 2, "--frobnicate");
        failsWith(run("sym", "x"), 2, "which symbol or address?");
        failsWith(run("load", "--panic", "--load", "/boot/vmlinuz"), 2, "two purposes");
        failsWith(run("load", "-c", "-s", "/boot/vmlinuz"), 2, "exclude each other");
        failsWith(run("load", "-s", "--dry-run", "/boot/vmlinuz"), 2, "the running kernel does that");
        failsWith(run("load", "--mem-min", "low", "/boot/vmlinuz"), 2, "--mem-min low");
        failsWith(run("load", "--panic", "--serial", "com1", "/boot/vmlinuz"), 2, "--serial com1");
        failsWith(run("demo", "--suite", "../etc"), 2, "is not the code name of a Debian suite");
    }

    @Test
    void whatIsNoDump() throws IOException {
        failsWith(run("info", folder.resolve("nothing").toString()), 1, "nothing: there is no such file");
        failsWith(run("info", folder.toString()), 1, "directory");
        failsWith(run("info", file("empty", "")), 1, "the file is empty");
        failsWith(run("log", file("text", "Dear diary, ".repeat(100))), 1, "this is not a dump");
        failsWith(run("log", file("start", "KDUMP   ")), 1, "start: ");
    }

    @ParameterizedTest
    @ValueSource(ints = {32, -1})
    void levelsThatDoNotExistAreRefused(int level) throws IOException {
        Run run = run("capture", file("empty", ""), folder.resolve("out").toString(), "-d", Integer.toString(level));
        failsWith(run, 2, "dump level " + level);
        assertFalse(Files.exists(folder.resolve("out")));
    }

    @Test
    void captureRefusesWhatItCannotDo() throws IOException {
        String source = file("empty", "");
        String target = folder.resolve("out").toString();
        failsWith(run("capture", source, target, "--compress", "rar"), 2, "zstd, zlib, lzo, snappy and none");
        failsWith(run("capture", source, target, "--format", "vmdk"), 2, "kdump, elf, flattened");
        failsWith(run("capture", source, target, "--threads", "-1"), 2, "-1 threads");
    }

    @Test
    void ofATargetThatCannotBeTheTruthIsTold() throws IOException {
        String source = TrainingKernel.write(folder.resolve("vmcore")).toString();
        String there = folder.toString();
        failsWith(run("capture", source, there), 1, there + ": is a directory; name a file in it\n");
        failsWith(run("capture", source, source), 1, source + ": is already there; use --force to replace it\n");
        failsWith(run("capture", source, there + "/no/dump"), 1, there + "/no: there is no such directory\n");
    }

    @Test
    void targetsAreOnesThatFitTheFormat() throws IOException {
        String source = file("empty", "");
        failsWith(run("capture", source), 2, "a TARGET is missing");
        failsWith(run("capture", source, "-"), 2, "only --format flattened can be written to standard output");
        failsWith(run("capture", source, "a", "b"), 2, "a dump is split with --split");
        failsWith(run("capture", source, "--split", "a"), 2, "several TARGETs");
        failsWith(run("capture", source, "--split", "-E", "a", "b"), 2, "only a dump of --format kdump can be split");
        failsWith(run("convert", source), 2, "a TARGET is missing");
        failsWith(run("convert", "-R", source, "a", "b"), 2, "--rearrange wants a SOURCE");
        failsWith(run("capture", "-R", source, folder.resolve("out").toString()), 1, "flattened format");
        failsWith(run("convert", "-R", source, folder.resolve("out").toString()), 1, "flattened format");
        failsWith(run("verify", source), 1, "the file is empty");
    }

    private String file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content).toString();
    }
}
