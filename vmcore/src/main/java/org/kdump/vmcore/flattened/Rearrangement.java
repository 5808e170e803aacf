package org.kdump.vmcore.flattened;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.DumpOutput;

/// Writes the dump that comes in makedumpfile's flattened format, through a pipe for one, to where its bytes belong.
public final class Rearrangement {
    private static final int PIECE = 1 << 20;

    private final String name;
    private final ReadableByteChannel in;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE);

    private Rearrangement(String name, ReadableByteChannel in) {
        this.name = name;
        this.in = in;
    }

    /// Writes what comes in, in the order of its coming, and no more of it is held than a piece.
    ///
    /// @param name what errors call `in`
    /// @return whether it came to its end; else the dump goes as far as it came
    /// @throws MalformedInputException if it is no flattened dump, or damaged; what came before is written
    /// @throws IOException if it cannot be read or written
    public static boolean write(String name, ReadableByteChannel in, DumpOutput output) throws IOException {
        return new Rearrangement(name, in).write(output);
    }

    private boolean write(DumpOutput output) throws IOException {
        if (!fill(FlattenedHeader.SIZE) || !FlattenedHeader.isStart(buffer)) {
            throw malformed("this is not a dump in makedumpfile's flattened format");
        }
        while (fill(FlattenedHeader.RECORD)) {
            long offset = buffer.getLong();
            long length = buffer.getLong();
            if (offset == FlattenedHeader.END) {
                output.end();
                return true;
            }
            if (offset < 0 || length < 0 || length > Long.MAX_VALUE - offset) {
                throw malformed("a record says that it has " + length + " bytes for byte " + offset
                        + "; it is damaged, and what follows cannot be found");
            }
            if (!copy(output, offset, length)) {
                return false;
            }
        }
        return false;
    }

    private boolean copy(DumpOutput output, long offset, long length) throws IOException {
        for (long done = 0; done < length; ) {
            int count = (int) Math.min(PIECE, length - done);
            boolean whole = fill(count);
            done += buffer.remaining();
            output.write(offset + done - buffer.remaining(), buffer);
            if (!whole) {
                return false;
            }
        }
        return true;
    }

    /// Reads `count` bytes, or as many as there are.
    private boolean fill(int count) throws IOException {
        buffer.clear().limit(count);
        while (buffer.hasRemaining() && in.read(buffer) >= 0) {
            continue;
        }
        return buffer.flip().remaining() == count;
    }

    private MalformedInputException malformed(String reason) {
        return new MalformedInputException(name, -1, "", "", reason);
    }
}
