package org.kdump.elf;

import java.io.IOException;
import java.nio.ByteOrder;

/// One section, `Elf32_Shdr` or `Elf64_Shdr` (System V gABI, chapter 4).
///
/// ```
/// sh_name 4, sh_type 4, sh_flags w, sh_addr w, sh_offset w, sh_size w, sh_link 4, sh_info 4, sh_addralign w,
/// sh_entsize w
/// ```
///
/// @param nameOffset `sh_name`, an offset in the section name string table
/// @param type `sh_type`
/// @param flags `sh_flags`
/// @param address `sh_addr`
/// @param offset `sh_offset`, bytes from the file's start
/// @param size `sh_size` in bytes
/// @param link `sh_link`
/// @param info `sh_info`
/// @param alignment `sh_addralign` in bytes
/// @param entrySize `sh_entsize` in bytes
public record SectionHeader(
        int nameOffset,
        int type,
        long flags,
        long address,
        long offset,
        long size,
        int link,
        int info,
        long alignment,
        long entrySize) {
    /// Nothing.
    public static final int SHT_NULL = 0;
    /// Bytes of the program's.
    public static final int SHT_PROGBITS = 1;
    /// Symbols.
    public static final int SHT_SYMTAB = 2;
    /// Strings.
    public static final int SHT_STRTAB = 3;
    /// Relocations with addends.
    public static final int SHT_RELA = 4;
    /// Zeroed memory that takes no room in the file.
    public static final int SHT_NOBITS = 8;
    /// May be written.
    public static final long SHF_WRITE = 1;
    /// Occupies memory.
    public static final long SHF_ALLOC = 2;
    /// Holds machine code.
    public static final long SHF_EXECINSTR = 4;
    /// `sh_info` names a section.
    public static final long SHF_INFO_LINK = 0x40;

    static SectionHeader read(ByteSource source, ElfClass elfClass, ByteOrder order, long table, int index)
            throws IOException {
        long offset = table + (long) index * elfClass.sectionHeaderSize();
        String structure = "Elf_Shdr[" + index + "]";
        ByteCursor cursor = new ByteCursor(
                source.name(), offset, structure, source.slice(offset, elfClass.sectionHeaderSize(), structure), order);
        return new SectionHeader(
                cursor.s32("sh_name"),
                cursor.s32("sh_type"),
                cursor.word(elfClass, "sh_flags"),
                cursor.word(elfClass, "sh_addr"),
                cursor.word(elfClass, "sh_offset"),
                cursor.word(elfClass, "sh_size"),
                cursor.s32("sh_link"),
                cursor.s32("sh_info"),
                cursor.word(elfClass, "sh_addralign"),
                cursor.word(elfClass, "sh_entsize"));
    }

    void write(ByteSink sink, ElfClass elfClass) {
        sink.u32(nameOffset)
                .u32(type)
                .word(elfClass, flags)
                .word(elfClass, address)
                .word(elfClass, offset)
                .word(elfClass, size)
                .u32(link)
                .u32(info)
                .word(elfClass, alignment)
                .word(elfClass, entrySize);
    }
}
