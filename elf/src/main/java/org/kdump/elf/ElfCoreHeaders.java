package org.kdump.elf;

import java.nio.ByteOrder;
import java.util.List;

/// The start of an ELF core file: the file header and the program headers, nothing between them.
///
/// ```
/// 0                 Elf_Ehdr
/// e_phoff           Elf_Phdr[n]
/// [e_shoff          one Elf_Shdr, only with 65535 program headers or more: sh_info has their count (PN_XNUM)]
/// ```
public final class ElfCoreHeaders {
    private ElfCoreHeaders() {}

    /// Bytes that the headers of `count` segments take.
    public static long size(ElfClass elfClass, int count) {
        long table = elfClass.headerSize() + (long) count * elfClass.programHeaderSize();
        return count >= ElfHeader.PN_XNUM ? table + elfClass.sectionHeaderSize() : table;
    }

    /// The headers' bytes, [#size(ElfClass, int)] of them.
    ///
    /// @param machine `e_machine`
    /// @throws ArithmeticException if an address does not fit a 32-bit file
    public static byte[] encode(ElfClass elfClass, ByteOrder order, int machine, List<ProgramHeader> segments) {
        boolean extended = segments.size() >= ElfHeader.PN_XNUM;
        long sections = extended ? size(elfClass, segments.size()) - elfClass.sectionHeaderSize() : 0;
        ByteSink sink = new ByteSink(order);
        new ElfHeader(
                        elfClass,
                        order,
                        ElfHeader.ET_CORE,
                        machine,
                        0,
                        elfClass.headerSize(),
                        sections,
                        0,
                        segments.size(),
                        extended ? 1 : 0,
                        0)
                .write(sink);
        segments.forEach(segment -> segment.write(sink, elfClass));
        if (extended) {
            new SectionHeader(0, SectionHeader.SHT_NULL, 0, 0, 0, 0, 0, segments.size(), 0, 0).write(sink, elfClass);
        }
        return sink.toByteArray();
    }
}
