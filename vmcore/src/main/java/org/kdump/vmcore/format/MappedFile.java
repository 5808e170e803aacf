package org.kdump.vmcore.format;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.kdump.elf.ByteSource;
import org.kdump.vmcore.MappedMemory;

/// A file on disk, all of it mapped: reading it is copying memory.
record MappedFile(String name, ByteSource bytes) implements ByteSource {
    MappedFile(String name, MemorySegment bytes) {
        this(name, ByteSource.of(name, bytes));
    }

    @Override
    public long size() throws IOException {
        return bytes.size();
    }

    @Override
    public int read(long offset, MemorySegment target) throws IOException {
        try {
            int read = bytes.read(offset, target);
            MappedMemory.check();
            return read;
        } catch (InternalError fault) {
            // So the JVM tells of SIGBUS: the page behind the mapping cannot be had any more.
            throw new IOException(
                    name + ": cannot be read at byte " + offset + ": it became shorter, or its disk fails", fault);
        }
    }

    @Override
    public Optional<MemorySegment> map(long offset, long length, Arena arena) throws IOException {
        return bytes.map(offset, length, arena);
    }
}
