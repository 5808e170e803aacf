package org.kdump.capture;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// A dump while it is made: a file beside the target, which takes the target's name when it is complete.
///
/// Nobody but its owner may read it from its creation on, for it holds all of a machine's memory.
final class TargetFile implements AutoCloseable {
    private static final String SUFFIX = ".incomplete";
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path target;
    private final Path incomplete;
    private final FileChannel channel;

    private TargetFile(Path target, Path incomplete, FileChannel channel) {
        this.target = target;
        this.incomplete = incomplete;
        this.channel = channel;
    }

    /// Creates the file.
    ///
    /// @param force whether a target or an incomplete file that is already there is replaced
    /// @throws IOException if it cannot be created; the message is a line for the user
    static TargetFile create(Path target, boolean force) throws IOException {
        Path incomplete = target.resolveSibling(target.getFileName() + SUFFIX);
        Path directory = directory(target);
        if (!Files.isDirectory(directory)) {
            throw new NoSuchFileException(directory.toString(), null, "there is no such directory");
        }
        if (Files.isDirectory(target)) {
            throw new FileAlreadyExistsException(target.toString(), null, "is a directory; name a file in it");
        }
        if (force) {
            Files.deleteIfExists(incomplete);
        } else {
            refuse(target, "is already there");
            refuse(incomplete, "is left from a capture that did not end");
        }
        Set<StandardOpenOption> options =
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        return new TargetFile(target, incomplete, FileChannel.open(incomplete, options, OWNER_ONLY));
    }

    private static void refuse(Path path, String why) throws FileAlreadyExistsException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(path.toString(), null, why + "; use --force to replace it");
        }
    }

    private static Path directory(Path target) {
        Path parent = target.getParent();
        return parent == null ? Path.of(".") : parent;
    }

    FileChannel channel() {
        return channel;
    }

    /// Where the dump is as long as it is not complete.
    Path incomplete() {
        return incomplete;
    }

    /// Gives the complete file its name, for good.
    ///
    /// @throws IOException if that fails; the dump is then in the incomplete file
    void commit() throws IOException {
        Files.move(incomplete, target, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel directory = FileChannel.open(directory(target), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
