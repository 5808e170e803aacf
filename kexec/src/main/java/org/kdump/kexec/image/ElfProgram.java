package org.kdump.kexec.image;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfFile;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.ProgramHeader;

/// An x86 kernel linked as an ELF file, its segments put together as they lie in physical memory.
///
/// @param name the file's, for errors
/// @param elf the file
/// @param content from `start` on, as far as the file has it; the gaps between segments are zero
/// @param start the physical address of its first page
/// @param memorySize bytes of memory it takes
record ElfProgram(String name, ElfFile elf, MemorySegment content, long start, long memorySize) {
    // Kernels have a handful of segments and some tens of MiB.
    private static final int MOST_SEGMENTS = 64;
    private static final long LARGEST = 1L << 30;
    private static final int PT_INTERP = 3;

    /// Puts the segments together.
    ///
    /// @param arena what `content` is allocated in
    /// @throws ImageException if it is not a kernel for this machine
    static ElfProgram read(String name, MemorySegment file, Arena arena) throws IOException {
        ElfFile elf = ElfFile.read(ByteSource.of(name, file));
        requireKernel(name, elf);
        List<ProgramHeader> loaded = elf.programHeaders().stream()
                .filter(segment -> segment.type() == ProgramHeader.PT_LOAD && segment.memorySize() != 0)
                .toList();
        if (loaded.isEmpty() || loaded.size() > MOST_SEGMENTS) {
            throw new ImageException(name + ": not a kernel: an ELF file with " + loaded.size() + " segments to load");
        }
        loaded.forEach(segment -> requireSound(name, file, segment));
        long lowest =
                loaded.stream().mapToLong(ProgramHeader::physicalAddress).min().orElseThrow();
        long start = lowest - lowest % Placement.PAGE_SIZE;
        long end = loaded.stream().mapToLong(ElfProgram::end).max().orElseThrow();
        long used = loaded.stream().mapToLong(ProgramHeader::memorySize).sum();
        if (end - start > LARGEST || used > end - start) {
            throw new ImageException(name
                    + ": its segments overlap or lie too far apart: %d bytes between 0x%x and 0x%x"
                            .formatted(used, start, end));
        }
        return new ElfProgram(name, elf, joined(file, loaded, start, arena), start, end - start);
    }

    private static void requireKernel(String name, ElfFile elf) throws ImageException {
        ElfHeader header = elf.header();
        if (header.type() != ElfHeader.ET_EXEC && header.type() != ElfHeader.ET_DYN) {
            throw new ImageException(name + ": not a kernel: an ELF file that is no program (a module, or a core)");
        }
        if (header.machine() != (header.elfClass() == ElfClass.ELF64 ? ElfHeader.EM_X86_64 : ElfHeader.EM_386)) {
            throw new ImageException(
                    name + ": not a kernel for this machine: an ELF file for machine number " + header.machine());
        }
        if (elf.programHeaders().stream().anyMatch(segment -> segment.type() == PT_INTERP)) {
            throw new ImageException(name + ": not a kernel: a program for Linux, which wants a dynamic loader");
        }
    }

    private static void requireSound(String name, MemorySegment file, ProgramHeader segment) {
        boolean inFile = segment.offset() >= 0
                && segment.fileSize() >= 0
                && segment.offset() <= file.byteSize()
                && segment.fileSize() <= file.byteSize() - segment.offset();
        boolean inMemory = segment.physicalAddress() >= 0
                && segment.memorySize() >= segment.fileSize()
                && segment.memorySize() <= LARGEST
                && segment.physicalAddress() <= Long.MAX_VALUE - LARGEST;
        if (!inFile || !inMemory) {
            throw new MalformedInputException(
                    name,
                    segment.offset(),
                    "Elf_Phdr",
                    inFile ? "p_memsz" : "p_filesz",
                    "a segment of 0x%x bytes, 0x%x in memory at 0x%x, is cut off or cannot be"
                            .formatted(segment.fileSize(), segment.memorySize(), segment.physicalAddress()));
        }
    }

    private static long end(ProgramHeader segment) {
        return segment.physicalAddress() + segment.memorySize();
    }

    private static MemorySegment joined(MemorySegment file, List<ProgramHeader> loaded, long start, Arena arena) {
        long end = loaded.stream()
                .mapToLong(segment -> segment.physicalAddress() + segment.fileSize())
                .max()
                .orElseThrow();
        MemorySegment content = arena.allocate(end - start, Placement.PAGE_SIZE);
        for (ProgramHeader segment : loaded) {
            MemorySegment.copy(file, segment.offset(), content, segment.physicalAddress() - start, segment.fileSize());
        }
        return content;
    }

    /// Whether it was linked for addresses other than the physical ones, as a kernel that maps itself high is.
    boolean mapsItself() {
        return elf.programHeaders().stream()
                .anyMatch(segment -> segment.type() == ProgramHeader.PT_LOAD
                        && segment.virtualAddress() != segment.physicalAddress());
    }

    boolean is64Bit() {
        return elf.header().elfClass() == ElfClass.ELF64;
    }

    /// Bytes from the start to its entry, which the header has as a physical or as a virtual address.
    ///
    /// @throws ImageException if it lies in no segment
    long entryOffset() throws ImageException {
        long entry = elf.header().entry();
        if (holds(start, memorySize, entry)) {
            return entry - start;
        }
        return elf.programHeaders().stream()
                .filter(segment -> segment.type() == ProgramHeader.PT_LOAD)
                .filter(segment -> holds(segment.virtualAddress(), segment.memorySize(), entry))
                .mapToLong(segment -> entry - segment.virtualAddress() + segment.physicalAddress() - start)
                .findFirst()
                .orElseThrow(() ->
                        new ImageException("%s: its entry, 0x%x, lies in none of its segments".formatted(name, entry)));
    }

    private static boolean holds(long start, long size, long address) {
        return Long.compareUnsigned(address - start, size) < 0;
    }
}
