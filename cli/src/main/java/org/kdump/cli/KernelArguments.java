package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The command line of the running kernel, as far as it is meant for us: `kdump.NAME=VALUE`.
///
/// A value with spaces stands in double quotes, before or after the equals sign, as the kernel has it
/// (lib/cmdline.c, `next_arg`).
record KernelArguments(Map<String, String> values) {
    private static final String PREFIX = "kdump.";

    /// Those of the running kernel; needs /proc.
    static KernelArguments ofRunningKernel() throws IOException {
        return parse(Files.readString(Path.of("/proc/cmdline")));
    }

    static KernelArguments parse(String line) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String word : words(line.strip())) {
            int equals = word.indexOf('=');
            if (word.startsWith(PREFIX) && equals > 0) {
                values.put(word.substring(PREFIX.length(), equals), word.substring(equals + 1));
            }
        }
        return new KernelArguments(values);
    }

    /// The words of a line. Quotes, double or single, keep words together and are dropped; within one kind the other is
    /// a character like any.
    static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        char quote = 0;
        boolean started = false;
        for (char c : line.toCharArray()) {
            if (c == quote || quote == 0 && (c == '"' || c == '\'')) {
                quote = quote == 0 ? c : 0;
                started = true;
            } else if (Character.isWhitespace(c) && quote == 0) {
                if (started) {
                    words.add(word.toString());
                }
                word.setLength(0);
                started = false;
            } else {
                word.append(c);
                started = true;
            }
        }
        if (started) {
            words.add(word.toString());
        }
        return words;
    }

    /// The value of a name, or what it is when it is not given.
    String value(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }
}
