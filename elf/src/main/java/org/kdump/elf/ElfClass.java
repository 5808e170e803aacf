package org.kdump.elf;

/// The word size of an ELF file, `e_ident[EI_CLASS]` (System V gABI, chapter 4).
public enum ElfClass {
    /// `ELFCLASS32`: addresses and offsets are 4 bytes.
    ELF32(1, 52, 32, 40, 16),
    /// `ELFCLASS64`: addresses and offsets are 8 bytes.
    ELF64(2, 64, 56, 64, 24);

    private final int code;
    private final int headerSize;
    private final int programHeaderSize;
    private final int sectionHeaderSize;
    private final int symbolSize;

    ElfClass(int code, int headerSize, int programHeaderSize, int sectionHeaderSize, int symbolSize) {
        this.code = code;
        this.headerSize = headerSize;
        this.programHeaderSize = programHeaderSize;
        this.sectionHeaderSize = sectionHeaderSize;
        this.symbolSize = symbolSize;
    }

    /// The value of `e_ident[EI_CLASS]`.
    public int code() {
        return code;
    }

    /// Bytes of an address.
    public int wordSize() {
        return this == ELF64 ? 8 : 4;
    }

    /// Bytes of an `Elf32_Ehdr` or `Elf64_Ehdr`.
    public int headerSize() {
        return headerSize;
    }

    /// Bytes of an `Elf32_Phdr` or `Elf64_Phdr`.
    public int programHeaderSize() {
        return programHeaderSize;
    }

    /// Bytes of an `Elf32_Shdr` or `Elf64_Shdr`.
    public int sectionHeaderSize() {
        return sectionHeaderSize;
    }

    /// Bytes of an `Elf32_Sym` or `Elf64_Sym`.
    public int symbolSize() {
        return symbolSize;
    }
}
