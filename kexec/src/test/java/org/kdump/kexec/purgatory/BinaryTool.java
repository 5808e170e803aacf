package org.kdump.kexec.purgatory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A program of GNU binutils that judges what was written here.
record BinaryTool(String name) {
    static final BinaryTool OBJDUMP = new BinaryTool("objdump");
    static final BinaryTool READELF = new BinaryTool("readelf");

    /// What it prints about a file, errors and warnings included; a system without it skips the test.
    String run(Path file, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(name));
        command.addAll(List.of(options));
        command.add(file.toString());
        Process process = start(command);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    private Process start(List<String> command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("LC_ALL", "C");
            return builder.start();
        } catch (IOException e) {
            return abort(name + " (Debian package binutils) is not here to judge: " + e.getMessage());
        }
    }

    static Path write(Path directory, byte[] bytes) throws IOException {
        return Files.write(directory.resolve("file"), bytes);
    }
}
