package org.kdump.elf;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Builds a relocatable object file, `ET_REL`, as an assembler would leave it.
///
/// Sections and symbols are added in any order; symbols are named by the relocations that use them. What comes out has,
/// after the given sections, a `.rela` section for each that has relocations, then `.symtab`, `.strtab`, `.shstrtab`.
public final class ElfObjectWriter {
    private record Content(String name, int type, long flags, long alignment, byte[] bytes, long size) {}

    private record NamedRelocation(long offset, String symbol, int type, long addend) {}

    private final ElfClass elfClass;
    private final ByteOrder order;
    private final int machine;
    private final List<Content> sections = new ArrayList<>();
    private final List<Symbol> symbols = new ArrayList<>();
    private final Map<Integer, List<NamedRelocation>> relocations = new LinkedHashMap<>();

    /// @param machine `e_machine`
    public ElfObjectWriter(ElfClass elfClass, ByteOrder order, int machine) {
        this.elfClass = elfClass;
        this.order = order;
        this.machine = machine;
    }

    /// Adds a `SHT_PROGBITS` section.
    ///
    /// @param flags `SHF_` bits of [SectionHeader]
    /// @param alignment in bytes, a power of two
    /// @return its index, for symbols and relocations
    public int section(String name, long flags, long alignment, byte[] bytes) {
        sections.add(new Content(name, SectionHeader.SHT_PROGBITS, flags, alignment, bytes.clone(), bytes.length));
        return sections.size();
    }

    /// Adds a `SHT_NOBITS` section of `size` zeroed bytes.
    ///
    /// @return its index
    public int zeroed(String name, long flags, long alignment, long size) {
        sections.add(new Content(name, SectionHeader.SHT_NOBITS, flags, alignment, new byte[0], size));
        return sections.size();
    }

    /// Adds a symbol; its name is how relocations know it.
    public ElfObjectWriter symbol(Symbol symbol) {
        symbols.add(symbol);
        return this;
    }

    /// Adds a relocation in a section.
    ///
    /// @param section the index of the section that is patched
    /// @param offset where, in bytes from the section's start
    /// @param symbol the name of a symbol added before [#toByteArray()] is called
    /// @param type the machine's relocation type
    /// @param addend signed
    public ElfObjectWriter relocation(int section, long offset, String symbol, int type, long addend) {
        relocations
                .computeIfAbsent(section, index -> new ArrayList<>())
                .add(new NamedRelocation(offset, symbol, type, addend));
        return this;
    }

    /// The file's bytes.
    ///
    /// @throws IllegalStateException if a relocation names a symbol that was not added
    public byte[] toByteArray() {
        List<Symbol> sorted = new ArrayList<>(symbols);
        // The gABI wants local symbols first, and sh_info to name the first that is not.
        sorted.sort(Comparator.comparingInt(Symbol::binding));
        sorted.addFirst(new Symbol("", Symbol.STB_LOCAL, Symbol.STT_NOTYPE, Symbol.SHN_UNDEF, 0, 0));
        return new Layout(sorted).write();
    }

    /// One writing of the file: bodies are appended to `body`, and a header for each to `headers`.
    private final class Layout {
        private final List<Symbol> symbols;
        private final ByteSink body = new ByteSink(order);
        private final ByteSink names = new ByteSink(order).u8(0);
        private final List<SectionHeader> headers = new ArrayList<>();

        Layout(List<Symbol> symbols) {
            this.symbols = symbols;
        }

        byte[] write() {
            headers.add(new SectionHeader(0, SectionHeader.SHT_NULL, 0, 0, 0, 0, 0, 0, 0, 0));
            sections.forEach(this::content);
            int symbolTable = sections.size() + relocations.size() + 1;
            relocations.forEach((section, entries) -> relocations(section, entries, symbolTable));
            symbols(symbolTable + 1);
            int nameTable = headers.size();
            int nameOffset = name(".shstrtab");
            add(nameOffset, SectionHeader.SHT_STRTAB, 0, 1, names.toByteArray(), 0, 0, 0);
            body.align(8);
            return file(nameTable);
        }

        private byte[] file(int nameTable) {
            ByteSink sink = new ByteSink(order);
            long table = elfClass.headerSize() + (long) body.size();
            new ElfHeader(elfClass, order, ElfHeader.ET_REL, machine, 0, 0, table, 0, 0, headers.size(), nameTable)
                    .write(sink);
            sink.bytes(body.toByteArray());
            headers.forEach(header -> header.write(sink, elfClass));
            return sink.toByteArray();
        }

        private void content(Content content) {
            if (content.type() == SectionHeader.SHT_NOBITS) {
                long offset = elfClass.headerSize() + (long) body.size();
                headers.add(new SectionHeader(
                        name(content.name()),
                        content.type(),
                        content.flags(),
                        0,
                        offset,
                        content.size(),
                        0,
                        0,
                        content.alignment(),
                        0));
                return;
            }
            add(name(content.name()), content.type(), content.flags(), content.alignment(), content.bytes(), 0, 0, 0);
        }

        private void relocations(int section, List<NamedRelocation> entries, int symbolTable) {
            ByteSink table = new ByteSink(order);
            for (NamedRelocation entry : entries) {
                new Relocation(entry.offset(), indexOf(entry.symbol()), entry.type(), entry.addend())
                        .write(table, elfClass);
            }
            add(
                    name(".rela" + sections.get(section - 1).name()),
                    SectionHeader.SHT_RELA,
                    SectionHeader.SHF_INFO_LINK,
                    8,
                    table.toByteArray(),
                    symbolTable,
                    section,
                    Relocation.size(elfClass));
        }

        private int indexOf(String name) {
            for (int i = 1; i < symbols.size(); i++) {
                if (symbols.get(i).name().equals(name)) {
                    return i;
                }
            }
            throw new IllegalStateException("a relocation names the symbol " + name + ", which was not added");
        }

        private void symbols(int stringTable) {
            ByteSink table = new ByteSink(order);
            ByteSink strings = new ByteSink(order).u8(0);
            int locals = 0;
            for (Symbol symbol : symbols) {
                symbol.write(table, elfClass, symbol.name().isEmpty() ? 0 : append(strings, symbol.name()));
                locals += symbol.binding() == Symbol.STB_LOCAL ? 1 : 0;
            }
            int size = elfClass.symbolSize();
            add(name(".symtab"), SectionHeader.SHT_SYMTAB, 0, 8, table.toByteArray(), stringTable, locals, size);
            add(name(".strtab"), SectionHeader.SHT_STRTAB, 0, 1, strings.toByteArray(), 0, 0, 0);
        }

        private void add(
                int name, int type, long flags, long alignment, byte[] bytes, int link, int info, long entrySize) {
            // Bodies start after the file header, whose size is no multiple of every alignment.
            while ((elfClass.headerSize() + body.size()) % alignment != 0) {
                body.u8(0);
            }
            long offset = elfClass.headerSize() + (long) body.size();
            headers.add(
                    new SectionHeader(name, type, flags, 0, offset, bytes.length, link, info, alignment, entrySize));
            body.bytes(bytes);
        }

        private int name(String name) {
            return append(names, name);
        }

        private int append(ByteSink strings, String text) {
            int offset = strings.size();
            strings.text(text, text.length() + 1);
            return offset;
        }
    }
}
