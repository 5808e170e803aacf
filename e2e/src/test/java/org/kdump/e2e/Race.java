package org.kdump.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;

/// Commands that do the same work, timed in turn: whatever else the machine does meets all of them.
final class Race {
    /// What a command took.
    ///
    /// @param seconds of the median run, whole process
    /// @param mebibytes the most that it had resident in any run
    /// @param outputMebibytes the size of what it wrote, 0 if it wrote nothing
    record Result(double seconds, long mebibytes, double outputMebibytes) {}

    private record Entry(Path output, Callable<Timed> command) {}

    /// One run.
    record Timed(double seconds, long mebibytes) {}

    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /// @param output a file that the command writes, deleted before and after each run; null if it writes none
    void add(String name, Path output, Callable<Timed> command) {
        entries.put(name, new Entry(output, command));
    }

    /// Runs each of them `rounds` times and once before, which does not count.
    Map<String, Result> run(int rounds) throws Exception {
        Map<String, List<Timed>> times = new LinkedHashMap<>();
        Map<String, Long> sizes = new LinkedHashMap<>();
        for (int round = 0; round <= rounds; round++) {
            for (var entry : entries.entrySet()) {
                Path output = entry.getValue().output();
                delete(output);
                Timed timed = entry.getValue().command().call();
                if (round > 0) {
                    times.computeIfAbsent(entry.getKey(), key -> new ArrayList<>())
                            .add(timed);
                }
                sizes.put(entry.getKey(), output == null ? 0L : Files.size(output));
                delete(output);
            }
        }
        Map<String, Result> results = new LinkedHashMap<>();
        times.forEach((name, runs) -> results.put(name, result(runs, sizes.get(name))));
        return results;
    }

    /// A command that has ended.
    ///
    /// @param seconds of the processors' time, whatever else the machine did
    /// @param mebibytes the most that it had resident, files that it mapped included
    record Measured(Command command, double seconds, long mebibytes) {}

    /// Runs a command under time(1) to its end, whatever that is.
    static Measured measured(List<String> command) throws IOException {
        Path file = Files.createTempFile("time", "");
        try {
            List<String> words =
                    new ArrayList<>(List.of("/usr/bin/time", "-q", "-f", "%U %S %M", "-o", file.toString()));
            words.addAll(command);
            Command ended = Command.run(words);
            String[] figures = Files.readString(file).strip().split(" ");
            double seconds = Double.parseDouble(figures[0]) + Double.parseDouble(figures[1]);
            return new Measured(ended, seconds, Long.parseLong(figures[2]) >> 10);
        } finally {
            Files.delete(file);
        }
    }

    /// Runs a command under time(1) to its end; it must succeed.
    ///
    /// @param command the whole command line, given the words that are to stand before what is measured
    static Timed timed(Function<List<String>, List<String>> command) throws IOException {
        Path file = Files.createTempFile("time", "");
        try {
            Command.run(command.apply(List.of("/usr/bin/time", "-f", "%e %M", "-o", file.toString())))
                    .output();
            String[] words = Files.readString(file).strip().split(" ");
            return new Timed(Double.parseDouble(words[0]), Long.parseLong(words[1]) >> 10);
        } finally {
            Files.delete(file);
        }
    }

    private static void delete(Path file) throws IOException {
        if (file != null) {
            Files.deleteIfExists(file);
        }
    }

    private static Result result(List<Timed> runs, long size) {
        List<Timed> sorted =
                runs.stream().sorted(Comparator.comparingDouble(Timed::seconds)).toList();
        long most = runs.stream().mapToLong(Timed::mebibytes).max().orElseThrow();
        return new Result(sorted.get(sorted.size() / 2).seconds(), most, size / (double) (1 << 20));
    }
}
