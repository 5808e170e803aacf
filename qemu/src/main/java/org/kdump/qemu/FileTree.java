package org.kdump.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// A directory with all that is in it; links are not followed.
final class FileTree {
    private FileTree() {}

    /// The directory and everything below it, parents first, in the order of their names.
    static List<Path> list(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.sorted().toList();
        }
    }

    /// Deletes it, if it is there.
    static void delete(Path root) throws IOException {
        if (Files.exists(root)) {
            for (Path file :
                    list(root).stream().sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
