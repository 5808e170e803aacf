package org.kdump.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.kdump.elf.ByteSource;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.FileOutput;
import org.kdump.vmcore.diskdump.DiskdumpHeader;
import org.kdump.vmcore.diskdump.DiskdumpWriter;
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
    /// @throws MalformedInputException if it is no flattened dump, or a damaged one
    /// @throws IOException if it cannot be read, or the target not be written; the message is a line for the user
    public static boolean run(String name, ReadableByteChannel in, Path target, boolean force) throws IOException {
        try (TargetFile file = TargetFile.create(target, force)) {
            FileOutput output = new FileOutput(file.incomplete().toString(), file.channel());
            boolean complete = write(name, in, file, output);
            if (!complete) {
                markIncomplete(file, output);
            }
            output.force();
            if (complete) {
                file.commit();
            }
            return complete;
        }
    }

    /// Of what is no flattened dump nothing is left behind.
    private static boolean write(String name, ReadableByteChannel in, TargetFile file, FileOutput output)
            throws IOException {
        try {
            return Rearrangement.write(name, in, output);
        } catch (MalformedInputException notFlattened) {
            if (output.size() == 0) {
                Files.delete(file.incomplete());
            }
            throw notFlattened;
        }
    }

    /// A stream begins with the header of a complete dump. Of an ELF core each header says what is there.
    private static void markIncomplete(TargetFile file, FileOutput output) throws IOException {
        ByteSource dump = ByteSource.of(file.incomplete().toString(), file.channel());
        byte[] start = new byte[DiskdumpHeader.SIGNATURE.length()];
        dump.read(0, MemorySegment.ofArray(start));
        if (new String(start, StandardCharsets.ISO_8859_1).equals(DiskdumpHeader.SIGNATURE)) {
            try {
                DiskdumpWriter.markIncomplete(dump, output);
            } catch (MalformedInputException noHeader) {
                // So little came that it cannot be taken for a dump.
            }
        }
    }
}
