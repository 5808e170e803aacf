package org.kdump.syscall;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// An open file descriptor, for what Java's own channels do not do: they ask a file for its size before they map it,
/// and extend it if it is smaller, which files of the kernel such as `/proc/vmcore` do not take.
public final class Descriptor implements AutoCloseable {
    private static final long AT_FDCWD = -100;
    private static final long O_CLOEXEC = 0x80000;
    private static final long MFD_CLOEXEC = 1;
    private static final long PROT_READ = 1;
    private static final long MAP_PRIVATE = 2;

    private final Path file;
    private final long number;

    private Descriptor(Path file, long number) {
        this.file = file;
        this.number = number;
    }

    /// Opens a file for reading.
    ///
    /// @param file its path
    /// @throws SystemCallException if the kernel refuses
    public static Descriptor openReadOnly(Path file) throws SystemCallException {
        try (var arena = Arena.ofConfined()) {
            long path = arena.allocateFrom(file.toString()).address();
            return new Descriptor(file, SystemCall.OPENAT.call(file.toString(), AT_FDCWD, path, O_CLOEXEC));
        }
    }

    /// A file that is in memory alone, with this content, open for reading.
    ///
    /// @param name what errors call it
    /// @param content its bytes, outside the heap
    /// @throws SystemCallException if the kernel refuses
    public static Descriptor inMemory(String name, MemorySegment content) throws SystemCallException {
        try (var arena = Arena.ofConfined();
                var writable = new Descriptor(
                        Path.of(name),
                        SystemCall.MEMFD_CREATE.call(
                                name, arena.allocateFrom("kernel").address(), MFD_CLOEXEC))) {
            long written = 0;
            while (written < content.byteSize()) {
                long left = content.byteSize() - written;
                written += SystemCall.WRITE.call(name, writable.number, content.address() + written, left);
            }
            // A file that is open for writing is not read as a kernel (fs/kernel_read_file.c).
            return openReadOnly(Path.of("/proc/self/fd/" + writable.number));
        }
    }

    /// Maps a part of the file for reading. The mapping lives as long as the arena, also after this descriptor is
    /// closed. A file that is cut off afterwards makes an access to what is gone fail with an [InternalError].
    ///
    /// @param offset in bytes, a multiple of the page size
    /// @param size in bytes, more than none; bytes past the file's end must not be touched
    /// @param arena when it closes, the mapping goes
    /// @throws SystemCallException if the kernel refuses
    public MemorySegment map(long offset, long size, Arena arena) throws SystemCallException {
        long address = SystemCall.MMAP.call(file.toString(), 0, size, PROT_READ, MAP_PRIVATE, number, offset);
        return MemorySegment.ofAddress(address)
                .reinterpret(size, arena, mapping -> unmap(mapping.address(), size))
                .asReadOnly();
    }

    long number() {
        return number;
    }

    /// Closes the descriptor; mappings stay.
    @Override
    public void close() throws SystemCallException {
        SystemCall.CLOSE.call(file.toString(), number);
    }

    private static void unmap(long address, long size) {
        try {
            SystemCall.MUNMAP.call("", address, size);
        } catch (SystemCallException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
