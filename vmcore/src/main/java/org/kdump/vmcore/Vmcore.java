package org.kdump.vmcore;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.kdump.elf.ElfClass;
import org.kdump.elf.Note;

/// The memory of a crashed machine, read by physical address, whatever the file's format.
///
/// Implementations are safe for use by several threads. What the dump does not hold is told by [Presence] and by short
/// reads, never by an exception; an [IOException] means that the file itself could not be read.
public interface Vmcore extends AutoCloseable {
    /// The file's name, as the user gave it; errors begin with it.
    String name();

    /// The format in words for the user: `ELF core`, `kdump-compressed v6`.
    String format();

    /// The machine that crashed.
    Architecture architecture();

    /// Whether the machine's words have 32 or 64 bits.
    ElfClass elfClass();

    /// The machine's byte order.
    ByteOrder byteOrder();

    /// The machine's page size in bytes, a power of two: 4096 on x86, up to 65536 elsewhere.
    int pageSize();

    /// What the kernel told of itself in its VMCOREINFO note; without any key if the dump has no such note.
    VmcoreInfo info();

    /// All ELF notes, in the file's order: `NT_PRSTATUS` of each CPU, VMCOREINFO, and whatever else.
    List<Note> notes();

    /// The physical memory that the machine had, sorted by address and merged; not all of it need be in the dump.
    ///
    /// @throws IOException if the file cannot be read
    List<PhysicalRange> memory() throws IOException;

    /// The first page frame number behind the last of the machine's memory.
    ///
    /// @throws IOException if the file cannot be read
    long maxPfn() throws IOException;

    /// Reads as far as the dump holds contiguous memory from `physicalAddress` on.
    ///
    /// @return the number of bytes put into `target`, fewer than its size where the next byte is not
    ///     [Presence#PRESENT]; 0 if the first is not
    /// @throws IOException if the file cannot be read
    long read(long physicalAddress, MemorySegment target) throws IOException;

    /// Whether the dump holds the byte at `physicalAddress`, and if not, why.
    ///
    /// @throws IOException if the file cannot be read
    Presence presence(long physicalAddress) throws IOException;

    /// The same memory without a copy, where the file holds all of it as plain bytes in one piece.
    ///
    /// A reader of everything asks for windows of some megabytes, each with an arena of its own: an arena that is
    /// never closed keeps its mappings, and those of `/proc/vmcore` cost page tables.
    ///
    /// @param arena how long the memory stays mapped; at most as long as this is open
    /// @return empty if any of it is not there, or the format or file does not allow it; then use [#read]
    /// @throws IOException if the file cannot be mapped
    default Optional<MemorySegment> map(long physicalAddress, long length, Arena arena) throws IOException {
        return Optional.empty();
    }

    /// The dump level that the file was filtered with (makedumpfile's `-d`), if the format records one.
    OptionalInt dumpLevel();

    /// Whether some of the memory is [Presence#EXCLUDED], or may be.
    default boolean isFiltered() {
        return dumpLevel().orElse(0) != 0;
    }

    /// What is wrong with the file or missing from it, a sentence each; more may come up as pages are read.
    List<String> problems();

    /// Closes the file; memory mapped through [#map] may go with it.
    @Override
    void close() throws IOException;
}
