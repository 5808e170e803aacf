package org.kdump.vmcore;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.kdump.elf.Note;

/// The memory of a crashed machine, whatever file it is in.
///
/// Safe for use by several threads until it is closed. Addresses are physical.
public interface Vmcore extends AutoCloseable {
    /// The file's name, as the user gave it.
    String name();

    /// The file's format in words: `ELF core`, `kdump-compressed v6`.
    String format();

    /// The kind of machine.
    Architecture architecture();

    /// Byte order of the machine's memory.
    ByteOrder byteOrder();

    /// Bytes of a page of the machine's kernel, a power of two.
    int pageSize();

    /// What the kernel says of itself; empty where the dump has no VMCOREINFO.
    VmcoreInfo info();

    /// The ELF notes: each CPU's registers and what else the dump carries, in its order.
    List<Note> notes();

    /// The memory that the machine had, as far as the dump describes it: sorted, neither overlapping nor touching.
    List<PhysicalRange> memory();

    /// Reads memory, as far as it is there without a gap.
    ///
    /// @param physicalAddress where to start
    /// @param target is filled from its start on
    /// @return bytes read: fewer than `target.byteSize()` where the next byte is not [Presence#PRESENT]
    /// @throws IOException if the file cannot be read
    long read(long physicalAddress, MemorySegment target) throws IOException;

    /// Whether the byte at an address can be read, and if not, why.
    Presence presence(long physicalAddress);

    /// A view of memory without copying, where the file holds it as it is.
    ///
    /// @param arena how long the view is good for
    /// @return a read-only view of all of it, or empty where the file cannot give one
    /// @throws IOException if the file cannot be mapped
    default Optional<MemorySegment> map(long physicalAddress, long length, Arena arena) throws IOException {
        return Optional.empty();
    }

    /// makedumpfile's dump level that the dump was taken at, where the file tells.
    default OptionalInt dumpLevel() {
        return OptionalInt.empty();
    }

    /// What is missing from or wrong with the file, a sentence each; empty for a good and whole one.
    List<String> problems();

    @Override
    void close() throws IOException;
}
