package org.kdump.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.kdump.capture.Rearrange;

/// What `-R` does: makes a file of a flattened dump that comes from a file or through standard input.
///
/// @param source [CaptureCommand#STANDARD] for standard input
record Rearranging(Path source, Path target) {
    /// @param files a target, or a source and a target
    static Rearranging of(List<Path> files) {
        return new Rearranging(files.size() == 1 ? CaptureCommand.STANDARD : files.getFirst(), files.getLast());
    }

    /// @param force whether a target that is there is replaced
    /// @return a sentence on what is missing; empty if nothing is
    /// @throws MalformedInputException if it is no flattened dump
    /// @throws IOException if it cannot be read, or the target not be written
    String run(boolean force) throws IOException {
        String name = source.equals(CaptureCommand.STANDARD) ? "standard input" : source.toString();
        try (FileInputStream in = open()) {
            return Rearrange.run(name, in.getChannel(), target, force)
                    ? ""
                    : name + " ended early: the dump is NOT complete; what there is stays as " + target + ".incomplete";
        }
    }

    private FileInputStream open() throws IOException {
        return source.equals(CaptureCommand.STANDARD)
                ? new FileInputStream(FileDescriptor.in)
                : new FileInputStream(source.toFile());
    }
}
