package org.kdump.vmcore.format;

import java.io.IOException;
import java.nio.file.Path;
import org.kdump.vmcore.Vmcore;

/// A dump file of whatever format, recognised by what it holds and never by its name.
public final class VmcoreFile {
    private VmcoreFile() {}

    /// Opens a dump.
    ///
    /// @throws org.kdump.elf.MalformedInputException if the file is none, says why and what to do
    /// @throws IOException if it cannot be read; the message is a line for the user
    public static Vmcore open(Path path) throws IOException {
        throw new IOException(path + ": not built yet");
    }
}
