package org.kdump.elf;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// An ELF file, read: its header and segments at once, sections, notes, symbols and relocations when asked.
///
/// Every offset, size and index in the file is checked before it is used.
public final class ElfFile {
    /// A section table or note segment larger than this is not believed.
    private static final long LARGEST = 1L << 30;

    private final ByteSource source;
    private final ElfHeader header;
    private final List<ProgramHeader> programHeaders;

    private ElfFile(ByteSource source, ElfHeader header, List<ProgramHeader> programHeaders) {
        this.source = source;
        this.header = header;
        this.programHeaders = programHeaders;
    }

    /// Reads the header and the program headers.
    ///
    /// @throws MalformedInputException if `source` is not an ELF file, or its headers are cut off or cannot be true
    /// @throws IOException if it cannot be read
    public static ElfFile read(ByteSource source) throws IOException {
        ElfHeader header = ElfHeader.read(source);
        return new ElfFile(source, header, programHeaders(source, header));
    }

    private static List<ProgramHeader> programHeaders(ByteSource source, ElfHeader header) throws IOException {
        int count = header.programHeaderCount();
        long size = (long) count * header.elfClass().programHeaderSize();
        if (count == 0) {
            return List.of();
        }
        MemorySegment bytes = source.slice(header.programHeaderOffset(), size, "Elf_Phdr table");
        ByteCursor cursor =
                new ByteCursor(source.name(), header.programHeaderOffset(), "Elf_Phdr", bytes, header.order());
        List<ProgramHeader> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            all.add(ProgramHeader.read(cursor, header.elfClass()));
        }
        return List.copyOf(all);
    }

    /// The file that this was read from.
    public ByteSource source() {
        return source;
    }

    /// The file header.
    public ElfHeader header() {
        return header;
    }

    /// The segments, in the file's order.
    public List<ProgramHeader> programHeaders() {
        return programHeaders;
    }

    /// The notes of all `PT_NOTE` segments, in the file's order; what is cut off or damaged is left out.
    ///
    /// @throws IOException if the file cannot be read
    public List<Note> notes() throws IOException {
        List<Note> notes = new ArrayList<>();
        for (ProgramHeader segment : programHeaders) {
            if (segment.type() == ProgramHeader.PT_NOTE) {
                notes.addAll(notes(segment));
            }
        }
        return List.copyOf(notes);
    }

    private List<Note> notes(ProgramHeader segment) throws IOException {
        long offset = segment.offset();
        long available = source.size() - offset;
        if (offset < 0 || segment.fileSize() < 0 || available <= 0) {
            return List.of();
        }
        long size = Math.min(Math.min(segment.fileSize(), available), LARGEST);
        return Note.readAll(offset, source.slice(offset, size, "PT_NOTE"), header.order());
    }

    /// The sections, section 0 included.
    ///
    /// @throws MalformedInputException if a header or a section lies outside the file
    /// @throws IOException if the file cannot be read
    public List<Section> sections() throws IOException {
        List<SectionHeader> headers = sectionHeaders();
        StringTable names = names(headers);
        List<Section> sections = new ArrayList<>();
        for (SectionHeader section : headers) {
            sections.add(new Section(sections.size(), names.at(section.nameOffset()), section, contents(section)));
        }
        return List.copyOf(sections);
    }

    /// The headers of the sections, section 0 included.
    ///
    /// @throws MalformedInputException if a header lies outside the file
    /// @throws IOException if the file cannot be read
    public List<SectionHeader> sectionHeaders() throws IOException {
        List<SectionHeader> headers = new ArrayList<>();
        for (int i = 0; i < header.sectionHeaderCount(); i++) {
            headers.add(SectionHeader.read(source, header.elfClass(), header.order(), header.sectionHeaderOffset(), i));
        }
        return headers;
    }

    /// The first section of that name; the others are not read.
    ///
    /// @throws MalformedInputException if a header or the section lies outside the file
    /// @throws IOException if the file cannot be read
    public Optional<Section> section(String name) throws IOException {
        List<SectionHeader> headers = sectionHeaders();
        StringTable names = names(headers);
        for (int i = 0; i < headers.size(); i++) {
            if (names.at(headers.get(i).nameOffset()).equals(name)) {
                return Optional.of(new Section(i, name, headers.get(i), contents(headers.get(i))));
            }
        }
        return Optional.empty();
    }

    /// As the other, of a file of which not all sections are wanted.
    ///
    /// @throws MalformedInputException if names or sizes cannot be true
    /// @throws IOException if the file cannot be read
    public List<Symbol> symbols(Section table) throws IOException {
        List<SectionHeader> headers = sectionHeaders();
        int link = table.header().link();
        if (link < 0 || link >= headers.size()) {
            throw cursor(table, "Elf_Shdr").malformed("sh_link", link + " names no section");
        }
        return symbols(table, contents(headers.get(link)));
    }

    /// The symbols of a `SHT_SYMTAB` section, symbol 0 included.
    ///
    /// @param sections all of this file's
    /// @throws MalformedInputException if names or sizes cannot be true
    public List<Symbol> symbols(Section table, List<Section> sections) {
        return symbols(table, linked(table, sections).bytes());
    }

    private List<Symbol> symbols(Section table, MemorySegment strings) {
        StringTable names = new StringTable(source.name(), table.header().offset(), strings);
        int size = header.elfClass().symbolSize();
        ByteCursor cursor = cursor(table, "Elf_Sym");
        List<Symbol> symbols = new ArrayList<>();
        while (cursor.remaining() >= size) {
            symbols.add(Symbol.read(cursor, header.elfClass(), names::at));
        }
        return List.copyOf(symbols);
    }

    /// The relocations of a `SHT_RELA` section.
    public List<Relocation> relocations(Section table) {
        int size = Relocation.size(header.elfClass());
        ByteCursor cursor = cursor(table, "Elf_Rela");
        List<Relocation> relocations = new ArrayList<>();
        while (cursor.remaining() >= size) {
            relocations.add(Relocation.read(cursor, header.elfClass()));
        }
        return List.copyOf(relocations);
    }

    private ByteCursor cursor(Section section, String structure) {
        ByteOrder order = header.order();
        return new ByteCursor(source.name(), section.header().offset(), structure, section.bytes(), order);
    }

    private Section linked(Section table, List<Section> sections) {
        int link = table.header().link();
        if (link < 0 || link >= sections.size()) {
            throw cursor(table, "Elf_Shdr").malformed("sh_link", link + " names no section");
        }
        return sections.get(link);
    }

    private StringTable names(List<SectionHeader> headers) throws IOException {
        int index = header.sectionNameIndex();
        if (index == 0 || index >= headers.size()) {
            return new StringTable(source.name(), 0, MemorySegment.ofArray(new byte[1]));
        }
        return new StringTable(source.name(), headers.get(index).offset(), contents(headers.get(index)));
    }

    private MemorySegment contents(SectionHeader section) throws IOException {
        if (section.type() == SectionHeader.SHT_NOBITS || section.type() == SectionHeader.SHT_NULL) {
            return MemorySegment.ofArray(new byte[0]);
        }
        return source.slice(section.offset(), section.size(), "section");
    }
}
