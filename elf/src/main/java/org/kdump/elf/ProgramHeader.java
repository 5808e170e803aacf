package org.kdump.elf;

/// One segment, `Elf32_Phdr` or `Elf64_Phdr` (System V gABI, chapter 5).
///
/// ```
/// ELF64: p_type 4, p_flags 4, p_offset 8, p_vaddr 8, p_paddr 8, p_filesz 8, p_memsz 8, p_align 8
/// ELF32: p_type 4, p_offset 4, p_vaddr 4, p_paddr 4, p_filesz 4, p_memsz 4, p_flags 4, p_align 4
/// ```
///
/// @param type `p_type`: [#PT_LOAD], [#PT_NOTE]
/// @param flags `p_flags`: [#PF_R], [#PF_W], [#PF_X]
/// @param offset `p_offset`, bytes from the file's start
/// @param virtualAddress `p_vaddr`
/// @param physicalAddress `p_paddr`
/// @param fileSize `p_filesz` in bytes
/// @param memorySize `p_memsz` in bytes
/// @param alignment `p_align` in bytes
public record ProgramHeader(
        int type,
        int flags,
        long offset,
        long virtualAddress,
        long physicalAddress,
        long fileSize,
        long memorySize,
        long alignment) {
    /// A piece of memory.
    public static final int PT_LOAD = 1;
    /// Notes.
    public static final int PT_NOTE = 4;
    /// May be executed.
    public static final int PF_X = 1;
    /// May be written.
    public static final int PF_W = 2;
    /// May be read.
    public static final int PF_R = 4;

    static ProgramHeader read(ByteCursor cursor, ElfClass elfClass) {
        int type = cursor.s32("p_type");
        boolean wide = elfClass == ElfClass.ELF64;
        int flags = wide ? cursor.s32("p_flags") : 0;
        long offset = cursor.word(elfClass, "p_offset");
        long virtualAddress = cursor.word(elfClass, "p_vaddr");
        long physicalAddress = cursor.word(elfClass, "p_paddr");
        long fileSize = cursor.word(elfClass, "p_filesz");
        long memorySize = cursor.word(elfClass, "p_memsz");
        flags = wide ? flags : cursor.s32("p_flags");
        long alignment = cursor.word(elfClass, "p_align");
        return new ProgramHeader(type, flags, offset, virtualAddress, physicalAddress, fileSize, memorySize, alignment);
    }

    /// Writes it, as many bytes as the class has for a program header.
    ///
    /// @throws ArithmeticException if an address does not fit a 32-bit file
    public void write(ByteSink sink, ElfClass elfClass) {
        boolean wide = elfClass == ElfClass.ELF64;
        sink.u32(type);
        if (wide) {
            sink.u32(flags);
        }
        sink.word(elfClass, offset)
                .word(elfClass, virtualAddress)
                .word(elfClass, physicalAddress)
                .word(elfClass, fileSize)
                .word(elfClass, memorySize);
        if (!wide) {
            sink.u32(flags);
        }
        sink.word(elfClass, alignment);
    }
}
