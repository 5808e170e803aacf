package org.kdump.capture;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// A file that appears under its name only when it is complete, and is its owner's alone from its first byte.
///
/// Until then, and if that never comes, it is called `NAME.incomplete`.
final class DumpFile implements AutoCloseable {
    private static final String SUFFIX = ".incomplete";

    private final Path target;
    private final Path partial;
    private final FileChannel channel;

    /// Creates the file.
    ///
    /// @throws FileAlreadyExistsException if the target is there and is not to be replaced
    /// @throws IOException if it cannot be created
    DumpFile(Path target, boolean overwrite) throws IOException {
        if (!overwrite && Files.exists(target)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        this.target = target;
        this.partial = target.resolveSibling(target.getFileName() + SUFFIX);
        Files.deleteIfExists(partial);
        this.channel = FileChannel.open(
                partial,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.READ),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    FileChannel channel() {
        return channel;
    }

    /// The file's name for now.
    Path partial() {
        return partial;
    }

    /// Gives the file its name, and makes sure that it will still have it after a power cut.
    void complete() throws IOException {
        channel.force(true);
        channel.close();
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Path directory = target.toAbsolutePath().getParent();
        try (FileChannel folder = FileChannel.open(directory, StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
