package org.kdump.elf;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/// The header of an ELF file, `Elf32_Ehdr` or `Elf64_Ehdr` (System V gABI, chapter 4).
///
/// ```
/// 0   e_ident[16]: 7f 'E' 'L' 'F', class, data, version, OS ABI, ABI version, padding
/// 16  e_type     2    18  e_machine 2    20  e_version 4
/// 24  e_entry    w    then e_phoff w, e_shoff w, e_flags 4, e_ehsize 2,
///     e_phentsize 2, e_phnum 2, e_shentsize 2, e_shnum 2, e_shstrndx 2      (w: 4 or 8 bytes)
/// ```
///
/// @param elfClass word size
/// @param order byte order of the whole file
/// @param type `e_type`: [#ET_REL], [#ET_EXEC], [#ET_DYN], [#ET_CORE]
/// @param machine `e_machine`, unsigned 16 bits
/// @param entry `e_entry`
/// @param programHeaderOffset `e_phoff`, bytes from the file's start
/// @param sectionHeaderOffset `e_shoff`, bytes from the file's start
/// @param flags `e_flags`
/// @param programHeaderCount the real count, `PN_XNUM` resolved
/// @param sectionHeaderCount `e_shnum`
/// @param sectionNameIndex `e_shstrndx`
public record ElfHeader(
        ElfClass elfClass,
        ByteOrder order,
        int type,
        int machine,
        long entry,
        long programHeaderOffset,
        long sectionHeaderOffset,
        int flags,
        int programHeaderCount,
        int sectionHeaderCount,
        int sectionNameIndex) {
    /// Relocatable file.
    public static final int ET_REL = 1;
    /// Executable file.
    public static final int ET_EXEC = 2;
    /// Shared object.
    public static final int ET_DYN = 3;
    /// Core file.
    public static final int ET_CORE = 4;

    /// Intel 80386.
    public static final int EM_386 = 3;
    /// 64-bit PowerPC.
    public static final int EM_PPC64 = 21;
    /// AMD x86-64.
    public static final int EM_X86_64 = 62;
    /// ARM AArch64.
    public static final int EM_AARCH64 = 183;

    /// `e_phnum` says that the count stands in `sh_info` of section 0.
    static final int PN_XNUM = 0xffff;

    private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F'};
    private static final int IDENT_SIZE = 16;
    private static final int LITTLE = 1;
    private static final int BIG = 2;

    /// Whether `start` begins with the ELF magic number.
    public static boolean isElf(MemorySegment start) {
        return start.byteSize() >= MAGIC.length
                && MemorySegment.ofArray(MAGIC).mismatch(start.asSlice(0, MAGIC.length)) == -1;
    }

    /// Reads and checks the header at the start of `source`.
    ///
    /// @throws MalformedInputException if it is not an ELF file, or one whose header cannot be true
    /// @throws IOException if it cannot be read
    static ElfHeader read(ByteSource source) throws IOException {
        MemorySegment ident = source.slice(0, IDENT_SIZE, "Elf_Ehdr");
        if (!isElf(ident)) {
            throw new MalformedInputException(source.name(), 0, "Elf_Ehdr", "e_ident", "this is not an ELF file");
        }
        ElfClass elfClass = elfClass(source, (byte) Numbers.u8(ident, 4));
        ByteOrder order = order(source, (byte) Numbers.u8(ident, 5));
        MemorySegment bytes = source.slice(0, elfClass.headerSize(), "Elf_Ehdr");
        return parse(source, elfClass, new ByteCursor(source.name(), 0, "Elf_Ehdr", bytes, order), order);
    }

    private static ElfHeader parse(ByteSource source, ElfClass elfClass, ByteCursor cursor, ByteOrder order)
            throws IOException {
        cursor.skip(IDENT_SIZE);
        int type = cursor.u16("e_type");
        int machine = cursor.u16("e_machine");
        cursor.u32("e_version");
        long entry = cursor.word(elfClass, "e_entry");
        long programHeaders = cursor.word(elfClass, "e_phoff");
        long sectionHeaders = cursor.word(elfClass, "e_shoff");
        int flags = cursor.s32("e_flags");
        cursor.u16("e_ehsize");
        int programHeaderSize = cursor.u16("e_phentsize");
        int programHeaderCount = cursor.u16("e_phnum");
        int sectionHeaderSize = cursor.u16("e_shentsize");
        int sectionHeaderCount = cursor.u16("e_shnum");
        int names = cursor.u16("e_shstrndx");
        if (programHeaderCount != 0 && programHeaderSize != elfClass.programHeaderSize()) {
            throw cursor.malformed("e_phentsize", programHeaderSize + " is not " + elfClass.programHeaderSize());
        }
        if (sectionHeaderCount != 0 && sectionHeaderSize != elfClass.sectionHeaderSize()) {
            throw cursor.malformed("e_shentsize", sectionHeaderSize + " is not " + elfClass.sectionHeaderSize());
        }
        if (programHeaderCount == PN_XNUM && sectionHeaders != 0) {
            programHeaderCount = extendedCount(source, elfClass, order, sectionHeaders);
        }
        return new ElfHeader(
                elfClass,
                order,
                type,
                machine,
                entry,
                programHeaders,
                sectionHeaders,
                flags,
                programHeaderCount,
                sectionHeaderCount,
                names);
    }

    // A machine has a few ranges of memory, thousands at most; a damaged count must not cost gigabytes.
    private static final long MOST_PROGRAM_HEADERS = 1 << 20;

    private static int extendedCount(ByteSource source, ElfClass elfClass, ByteOrder order, long sectionHeaders)
            throws IOException {
        long count = Integer.toUnsignedLong(
                SectionHeader.read(source, elfClass, order, sectionHeaders, 0).info());
        if (count > Math.min(MOST_PROGRAM_HEADERS, source.size() / elfClass.programHeaderSize())) {
            throw new MalformedInputException(
                    source.name(),
                    sectionHeaders,
                    "Elf_Shdr[0]",
                    "sh_info",
                    count + " program headers are more than the file can have");
        }
        return (int) count;
    }

    private static ElfClass elfClass(ByteSource source, byte code) {
        for (ElfClass elfClass : ElfClass.values()) {
            if (elfClass.code() == code) {
                return elfClass;
            }
        }
        throw new MalformedInputException(source.name(), 4, "Elf_Ehdr", "EI_CLASS", code + " is neither 32 nor 64 bit");
    }

    private static ByteOrder order(ByteSource source, byte code) {
        return switch (code) {
            case LITTLE -> ByteOrder.LITTLE_ENDIAN;
            case BIG -> ByteOrder.BIG_ENDIAN;
            default ->
                throw new MalformedInputException(
                        source.name(), 5, "Elf_Ehdr", "EI_DATA", code + " is neither little nor big endian");
        };
    }

    /// Writes the header. A count of 65535 program headers or more is written as `PN_XNUM`: the caller then owes a
    /// section 0 with the count in `sh_info`.
    public void write(ByteSink sink) {
        sink.bytes(MAGIC)
                .u8(elfClass.code())
                .u8(order == ByteOrder.LITTLE_ENDIAN ? LITTLE : BIG)
                .u8(1)
                .zeros(IDENT_SIZE - 7)
                .u16(type)
                .u16(machine)
                .u32(1)
                .word(elfClass, entry)
                .word(elfClass, programHeaderOffset)
                .word(elfClass, sectionHeaderOffset)
                .u32(flags)
                .u16(elfClass.headerSize())
                .u16(programHeaderCount == 0 ? 0 : elfClass.programHeaderSize())
                .u16(Math.min(programHeaderCount, PN_XNUM))
                .u16(sectionHeaderCount == 0 ? 0 : elfClass.sectionHeaderSize())
                .u16(sectionHeaderCount)
                .u16(sectionNameIndex);
    }
}
