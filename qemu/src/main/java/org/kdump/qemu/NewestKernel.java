package org.kdump.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/// Remembers, in one file, which unpacked kernel was found last, so that it is there without a network.
///
/// @param file one line, the directory
record NewestKernel(Path file) {
    /// The directory last written, if it still exists.
    Optional<Path> read() throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        return Optional.of(Path.of(Files.readString(file).strip())).filter(Files::isDirectory);
    }

    void write(Path directory) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(fresh, directory + "\n");
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
