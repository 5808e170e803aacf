package org.kdump.kexec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;

/// A kernel's or initrd's file, mapped.
final class ImageFile {
    private ImageFile() {}

    /// @param files how long it stays mapped
    /// @throws KexecException if there is nothing to map
    static MemorySegment map(Path file, Arena files) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new KexecException(file + ": no such file");
        }
        try (var channel = FileChannel.open(file)) {
            if (channel.size() == 0) {
                throw new KexecException(file + ": empty");
            }
            return channel.map(MapMode.READ_ONLY, 0, channel.size(), files);
        }
    }
}
