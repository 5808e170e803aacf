package org.kdump.elf;

import java.util.function.IntFunction;

/// An entry of a symbol table, `Elf32_Sym` or `Elf64_Sym` (System V gABI, chapter 4).
///
/// ```
/// ELF64: st_name 4, st_info 1, st_other 1, st_shndx 2, st_value 8, st_size 8
/// ELF32: st_name 4, st_value 4, st_size 4, st_info 1, st_other 1, st_shndx 2
/// ```
///
/// @param name its name, empty for none
/// @param binding the high half of `st_info`: [#STB_LOCAL], [#STB_GLOBAL]
/// @param type the low half of `st_info`: [#STT_NOTYPE], [#STT_OBJECT], [#STT_FUNC], [#STT_SECTION]
/// @param section `st_shndx`, 0 for an undefined symbol
/// @param value `st_value`: in a relocatable file an offset in the section
/// @param size `st_size` in bytes
public record Symbol(String name, int binding, int type, int section, long value, long size) {
    /// Seen in its own file alone.
    public static final int STB_LOCAL = 0;
    /// Seen by all.
    public static final int STB_GLOBAL = 1;
    /// No type.
    public static final int STT_NOTYPE = 0;
    /// Data.
    public static final int STT_OBJECT = 1;
    /// A function.
    public static final int STT_FUNC = 2;
    /// A section.
    public static final int STT_SECTION = 3;
    /// `st_shndx` of a symbol that is defined elsewhere.
    public static final int SHN_UNDEF = 0;
    /// `st_shndx` of a symbol whose value is no address.
    public static final int SHN_ABS = 0xfff1;

    /// Reads the entry at a cursor.
    ///
    /// @param names the string at an offset, `st_name`, in the symbol table's string table
    /// @throws MalformedInputException if the cursor's bytes end before
    public static Symbol read(ByteCursor cursor, ElfClass elfClass, IntFunction<String> names) {
        int name = cursor.s32("st_name");
        boolean wide = elfClass == ElfClass.ELF64;
        long value = wide ? 0 : cursor.u32("st_value");
        long size = wide ? 0 : cursor.u32("st_size");
        int info = cursor.u8("st_info");
        cursor.u8("st_other");
        int section = cursor.u16("st_shndx");
        value = wide ? cursor.u64("st_value") : value;
        size = wide ? cursor.u64("st_size") : size;
        return new Symbol(names.apply(name), info >> 4, info & 0xf, section, value, size);
    }

    void write(ByteSink sink, ElfClass elfClass, int nameOffset) {
        sink.u32(nameOffset);
        boolean wide = elfClass == ElfClass.ELF64;
        if (!wide) {
            sink.u32(value).u32(size);
        }
        sink.u8(binding << 4 | type).u8(0).u16(section);
        if (wide) {
            sink.u64(value).u64(size);
        }
    }
}
