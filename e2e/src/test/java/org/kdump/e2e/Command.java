package org.kdump.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;

/// A command as a user runs it: a process of its own, to its end, with a time limit.
record Command(int status, String out, String err) {
    private static final long MINUTES = 5;

    /// Runs the `kdump` of the distribution.
    static Command kdump(Object... arguments) throws IOException {
        return run(kdumpWords(List.of(), arguments));
    }

    /// As [#kdump], timed; it must succeed.
    static Race.Timed timedKdump(Object... arguments) throws IOException {
        return Race.timed(clock -> kdumpWords(clock, arguments));
    }

    /// The words that run the `kdump` of the distribution.
    static List<String> kdumpWords(List<String> before, Object... arguments) {
        List<String> words = new ArrayList<>(before);
        words.add(Story.distribution().resolve("bin/kdump").toString());
        for (Object argument : arguments) {
            words.add(argument.toString());
        }
        return words;
    }

    /// Runs any command.
    static Command run(List<String> words) throws IOException {
        Path out = Files.createTempFile("command", ".out");
        Path err = Files.createTempFile("command", ".err");
        try {
            Process process = new ProcessBuilder(words)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                Assertions.fail(words + " did not end within " + MINUTES + " minutes");
            }
            return new Command(process.exitValue(), text(out), text(err));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    }

    /// What a command that succeeds prints.
    String output() {
        Assertions.assertEquals(0, status, () -> out + err);
        return out;
    }
}
