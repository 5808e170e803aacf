package org.kdump.elf;

/// A relocation with addend, `Elf32_Rela` or `Elf64_Rela` (System V gABI, chapter 4).
///
/// ```
/// r_offset w, r_info w (symbol << 32 | type; in ELF32 symbol << 8 | type), r_addend w
/// ```
///
/// @param offset `r_offset`: in a relocatable file an offset in the section that is patched
/// @param symbol index in the symbol table
/// @param type the machine's relocation type
/// @param addend `r_addend`, signed
public record Relocation(long offset, int symbol, int type, long addend) {
    static int size(ElfClass elfClass) {
        return elfClass == ElfClass.ELF64 ? 24 : 12;
    }

    static Relocation read(ByteCursor cursor, ElfClass elfClass) {
        if (elfClass == ElfClass.ELF64) {
            long offset = cursor.u64("r_offset");
            long info = cursor.u64("r_info");
            return new Relocation(offset, (int) (info >>> 32), (int) info, cursor.u64("r_addend"));
        }
        long offset = cursor.u32("r_offset");
        int info = cursor.s32("r_info");
        return new Relocation(offset, info >>> 8, info & 0xff, cursor.s32("r_addend"));
    }

    void write(ByteSink sink, ElfClass elfClass) {
        if (elfClass == ElfClass.ELF64) {
            sink.u64(offset)
                    .u64((long) symbol << 32 | Integer.toUnsignedLong(type))
                    .u64(addend);
        } else {
            sink.word(elfClass, offset).u32(symbol << 8 | type).u32(addend);
        }
    }
}
