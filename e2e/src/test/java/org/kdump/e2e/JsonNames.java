package org.kdump.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A line of JSON.md: a question, and the names that its answer has.
///
/// @param question our words, `DUMP` for the dump's place
/// @param names as paths, `frames.function`; `value.*` for whatever the kernel calls what is within
record JsonNames(String question, Set<String> names) {
    private static final Pattern ROW = Pattern.compile("\\| `([^`]+)` \\| (.+) \\|");
    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
    private static final Pattern NAME = Pattern.compile("^( *)\"((?:[^\"\\\\]|\\\\.)*)\":.*");

    private record Open(int indent, String name) {}

    /// All lines of it.
    static List<JsonNames> documented() throws IOException {
        List<JsonNames> all = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("../JSON.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                Set<String> names = new TreeSet<>();
                QUOTED.matcher(row.group(2)).results().forEach(name -> names.add(name.group(1)));
                all.add(new JsonNames(row.group(1), names));
            }
        }
        return all;
    }

    /// What of an answer is not as it is documented: names with `+` that are not there, with `-` that are missing.
    Set<String> differences(String answer) {
        Set<String> found = new TreeSet<>();
        Deque<Open> open = new ArrayDeque<>();
        for (String line : answer.lines().toList()) {
            Matcher name = NAME.matcher(line);
            if (name.matches()) {
                int indent = name.group(1).length();
                while (!open.isEmpty() && open.peekLast().indent() >= indent) {
                    open.removeLast();
                }
                open.addLast(new Open(indent, name.group(2)));
                found.add(path(open));
            }
        }
        Set<String> differences = new TreeSet<>();
        found.stream().filter(path -> !names.contains(path)).forEach(path -> differences.add("+" + path));
        names.stream()
                .filter(path -> !path.endsWith("*") && !found.contains(path))
                .forEach(path -> differences.add("-" + path));
        return differences;
    }

    /// Up to where the kernel's own names begin.
    private String path(Deque<Open> open) {
        String path = "";
        for (Open each : open) {
            if (!path.isEmpty() && names.contains(path + ".*")) {
                return path + ".*";
            }
            path += (path.isEmpty() ? "" : ".") + each.name();
        }
        return path;
    }
}
