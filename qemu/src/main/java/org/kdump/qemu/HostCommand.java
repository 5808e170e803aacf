package org.kdump.qemu;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A program of the host, run to its end with a deadline, never through a shell.
///
/// @param words the program and its arguments
/// @param directory where it runs; empty for the current directory
/// @param deadline how long it may take before it is ended
record HostCommand(List<String> words, Optional<Path> directory, Duration deadline) {
    private static final Duration DEFAULT_DEADLINE = Duration.ofMinutes(2);
    private static final int TOLD = 2000;
    // Not in every user's PATH, but mkfs and debugfs lie there.
    private static final Path SYSTEM = Path.of("/usr/sbin");

    /// How a command ended, and what it said.
    ///
    /// @param status its exit status
    /// @param output its standard output
    /// @param errors its standard error
    record Result(int status, String output, String errors) {}

    static HostCommand of(String... words) {
        return of(List.of(words));
    }

    static HostCommand of(List<String> words) {
        return new HostCommand(List.copyOf(words), Optional.empty(), DEFAULT_DEADLINE);
    }

    HostCommand and(String... more) {
        List<String> all = new ArrayList<>(words);
        all.addAll(List.of(more));
        return new HostCommand(List.copyOf(all), directory, deadline);
    }

    HostCommand in(Path where) {
        return new HostCommand(words, Optional.of(where), deadline);
    }

    HostCommand within(Duration longest) {
        return new HostCommand(words, directory, longest);
    }

    /// Standard output of a command that must succeed.
    ///
    /// @throws IOException if it cannot be started, takes too long, or fails; the message has what it said
    String output() throws IOException {
        Result result = run();
        requireSuccess(result.status, result.output + result.errors);
        return result.output;
    }

    /// Runs it; a failure of the command is a result.
    ///
    /// @throws IOException if it cannot be started or takes too long
    Result run() throws IOException {
        Path output = Files.createTempFile("kdump-", ".out");
        try {
            Path errors = Files.createTempFile("kdump-", ".err");
            try {
                int status = run(output, errors);
                return new Result(status, text(output), text(errors));
            } finally {
                Files.deleteIfExists(errors);
            }
        } finally {
            Files.deleteIfExists(output);
        }
    }

    /// Runs it, which must succeed, with its standard output in a file.
    ///
    /// @throws IOException if it cannot be started, takes too long, or fails; the message has what it said
    void outputTo(Path file) throws IOException {
        Path errors = Files.createTempFile("kdump-", ".err");
        try {
            requireSuccess(run(file, errors), text(errors));
        } finally {
            Files.deleteIfExists(errors);
        }
    }

    private int run(Path output, Path errors) throws IOException {
        Process process = builder()
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        process.getOutputStream().close();
        return statusOf(process);
    }

    /// Runs it with its standard output fed to `next`; both must end in time.
    ///
    /// @return the exit status of `next`
    /// @throws IOException if one cannot be started, takes too long, or this one (not `next`) fails
    int pipeTo(HostCommand next) throws IOException {
        List<Process> pair = ProcessBuilder.startPipeline(List.of(
                builder().redirectError(ProcessBuilder.Redirect.DISCARD),
                next.builder()
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)));
        int status = next.statusOf(pair.getLast());
        requireSuccess(statusOf(pair.getFirst()), "");
        return status;
    }

    private ProcessBuilder builder() {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(words));
        Path system = SYSTEM.resolve(words.getFirst());
        if (Files.isExecutable(system)) {
            builder.command().set(0, system.toString());
        }
        directory.ifPresent(where -> builder.directory(where.toFile()));
        // What the tools say is parsed, so they must not translate it.
        builder.environment().putAll(Map.of("LC_ALL", "C.UTF-8", "DEBIAN_FRONTEND", "noninteractive"));
        return builder;
    }

    private int statusOf(Process process) throws IOException {
        try {
            if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(shown() + ": not done after " + deadline.toSeconds() + " s; ended");
            }
            return process.exitValue();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException(shown() + ": interrupted");
        } finally {
            process.destroyForcibly();
        }
    }

    private void requireSuccess(int status, String said) throws IOException {
        if (status != 0) {
            String end = said.length() > TOLD ? "…" + said.substring(said.length() - TOLD) : said;
            throw new IOException(shown() + ": exit status " + status + (end.isBlank() ? "" : ": " + end.strip()));
        }
    }

    private String shown() {
        return words.size() > 4 ? String.join(" ", words.subList(0, 4)) + " …" : String.join(" ", words);
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
