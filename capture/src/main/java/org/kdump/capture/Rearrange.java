package org.kdump.capture;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import org.kdump.vmcore.FileOutput;
import org.kdump.vmcore.flattened.Rearrangement;

/// Makes of a flattened dump that comes through a pipe the file that it tells of, byte for byte.
public final class Rearrange {
    private Rearrange() {}

    /// Writes what comes, as it comes.
    ///
    /// @param name what errors call `in`
    /// @param target appears when all has come; until then, and if it never does, there is a file
    ///     with `.incomplete` at the end of its name
    /// @param force whether a target that is already there is replaced, and so is an incomplete one beside it
    /// @return whether all came
    /// @throws org.kdump.elf.MalformedInputException if it is no flattened dump, or a damaged one
    /// @throws IOException if it cannot be read, or the target not be written; the message is a line for the user
    public static boolean run(String name, ReadableByteChannel in, Path target, boolean force) throws IOException {
        try (TargetFile file = TargetFile.create(target, force)) {
            FileOutput output = new FileOutput(file.incomplete().toString(), file.channel());
            boolean complete = Rearrangement.write(name, in, output);
            output.force();
            if (complete) {
                file.commit();
            }
            return complete;
        }
    }
}
