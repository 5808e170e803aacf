package org.kdump.kexec.purgatory;

import static org.kdump.elf.SectionHeader.SHF_ALLOC;
import static org.kdump.elf.SectionHeader.SHT_RELA;
import static org.kdump.elf.SectionHeader.SHT_SYMTAB;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfFile;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Relocation;
import org.kdump.elf.Section;
import org.kdump.elf.SectionHeader;
import org.kdump.elf.Symbol;

/// Makes one relocatable object, ELF64 for x86-64, ready to run at an address: what `ld` does, for one file.
///
/// The sections that occupy memory are laid one after the other, those without bytes in the file last.
final class StaticLinker {
    private static final int EM_X86_64 = 62;
    private static final int LARGEST = 1 << 24;

    private final ElfFile object;
    private final List<Section> sections;
    private final List<Symbol> symbols;
    /// Where each section is put, from the load address on; -1 for one that occupies no memory.
    private final long[] offsets;

    private final int imageSize;
    private final long memorySize;

    /// Reads and lays out an object.
    ///
    /// @throws MalformedInputException if it is none that can be linked
    /// @throws IOException if it cannot be read
    StaticLinker(ByteSource source) throws IOException {
        object = ElfFile.read(source);
        ElfHeader header = object.header();
        if (header.elfClass() != ElfClass.ELF64
                || header.order() != ByteOrder.LITTLE_ENDIAN
                || header.type() != ElfHeader.ET_REL
                || header.machine() != EM_X86_64) {
            throw malformed(0, "Elf64_Ehdr", "", "is not that of a relocatable object for x86-64");
        }
        sections = object.sections();
        symbols = readSymbols();
        offsets = new long[sections.size()];
        imageSize = (int) layOut();
        memorySize = memoryEnd();
    }

    private List<Symbol> readSymbols() {
        List<Section> tables = sections.stream()
                .filter(section -> section.header().type() == SHT_SYMTAB)
                .toList();
        if (tables.size() != 1) {
            throw malformed(-1, "SHT_SYMTAB", "", tables.size() + " symbol tables, where there must be one");
        }
        return object.symbols(tables.getFirst(), sections);
    }

    /// Gives every section its offset.
    ///
    /// @return the end of the last that has bytes
    private long layOut() {
        List<Section> placed = new ArrayList<>();
        for (Section section : sections) {
            offsets[section.index()] = -1;
            if ((section.header().flags() & SHF_ALLOC) != 0) {
                placed.add(section);
            }
        }
        placed.sort(Comparator.comparing(StaticLinker::isZeroed));
        long end = 0;
        long imageEnd = 0;
        for (Section section : placed) {
            offsets[section.index()] = aligned(end, section.header());
            end = checkedEnd(offsets[section.index()], section.header());
            imageEnd = isZeroed(section) ? imageEnd : end;
        }
        return imageEnd;
    }

    /// Whether a section has no bytes in the file.
    private static boolean isZeroed(Section section) {
        return section.bytes().byteSize() == 0;
    }

    private long aligned(long offset, SectionHeader header) {
        long alignment = Math.max(1, header.alignment());
        if (Long.bitCount(alignment) != 1 || alignment > Purgatory.ALIGNMENT) {
            throw malformed(-1, "Elf64_Shdr", "sh_addralign", alignment + " cannot be had at any load address");
        }
        return offset + alignment - 1 & -alignment;
    }

    private long checkedEnd(long offset, SectionHeader header) {
        if (header.size() < 0 || header.size() > LARGEST - offset) {
            String size = Long.toUnsignedString(header.size());
            throw malformed(-1, "Elf64_Shdr", "sh_size", size + " bytes are too many for code between two kernels");
        }
        return offset + header.size();
    }

    private long memoryEnd() {
        long end = 0;
        for (Section section : sections) {
            if (offsets[section.index()] >= 0) {
                end = Math.max(end, offsets[section.index()] + section.header().size());
            }
        }
        return end;
    }

    /// Bytes of memory that the object needs, those zeroed included.
    long memorySize() {
        return memorySize;
    }

    /// Relocates the object.
    ///
    /// @param loadAddress where it will be, a multiple of [Purgatory#ALIGNMENT]
    /// @throws MalformedInputException if a relocation makes no sense, or its value does not fit at that address
    LinkedObject linkAt(long loadAddress) {
        ByteBuffer image = ByteBuffer.allocate(imageSize).order(ByteOrder.LITTLE_ENDIAN);
        for (Section section : sections) {
            if (offsets[section.index()] >= 0 && !isZeroed(section)) {
                image.put((int) offsets[section.index()], section.bytes().toArray(ValueLayout.JAVA_BYTE));
            }
        }
        for (Section section : sections) {
            if (section.header().type() == SHT_RELA) {
                relocate(image, loadAddress, section);
            }
        }
        return new LinkedObject(image, loadAddress, globals(loadAddress));
    }

    private void relocate(ByteBuffer image, long loadAddress, Section table) {
        int patched = table.header().info();
        if (patched < 0 || patched >= sections.size()) {
            throw malformed(table.header().offset(), "Elf64_Shdr", "sh_info", patched + " names no section");
        }
        if (offsets[patched] < 0) {
            return;
        }
        for (Relocation relocation : object.relocations(table)) {
            relocate(image, loadAddress, sections.get(patched), relocation);
        }
    }

    private void relocate(ByteBuffer image, long loadAddress, Section patched, Relocation relocation) {
        RelocationType type = type(relocation);
        long available = patched.bytes().byteSize();
        if (relocation.offset() < 0 || relocation.offset() > available - type.size()) {
            throw malformed(relocation, "r_offset", "lies outside " + patched.name());
        }
        int offset = (int) (offsets[patched.index()] + relocation.offset());
        long target = address(relocation, loadAddress) + relocation.addend();
        long value = type.value(target, loadAddress + offset);
        if (!type.holds(value)) {
            throw malformed(
                    relocation,
                    "r_offset",
                    type + " cannot hold 0x" + Long.toHexString(value) + " when loaded at 0x"
                            + Long.toHexString(loadAddress));
        }
        if (type.size() == 8) {
            image.putLong(offset, value);
        } else {
            image.putInt(offset, (int) value);
        }
    }

    private RelocationType type(Relocation relocation) {
        for (RelocationType type : RelocationType.values()) {
            if (type.code() == relocation.type()) {
                return type;
            }
        }
        throw malformed(relocation, "r_info", "relocation type " + relocation.type() + " is not known here");
    }

    private long address(Relocation relocation, long loadAddress) {
        if (relocation.symbol() <= 0 || relocation.symbol() >= symbols.size()) {
            throw malformed(relocation, "r_info", relocation.symbol() + " is no symbol's index");
        }
        Symbol symbol = symbols.get(relocation.symbol());
        if (symbol.section() == Symbol.SHN_ABS) {
            return symbol.value();
        }
        if (!isPlaced(symbol)) {
            throw malformed(relocation, "r_info", "nothing defines the symbol " + symbol.name());
        }
        return loadAddress + offsets[symbol.section()] + symbol.value();
    }

    private boolean isPlaced(Symbol symbol) {
        return symbol.section() > 0 && symbol.section() < offsets.length && offsets[symbol.section()] >= 0;
    }

    private Map<String, LinkedObject.Global> globals(long loadAddress) {
        Map<String, LinkedObject.Global> globals = new HashMap<>();
        for (Symbol symbol : symbols) {
            if (symbol.binding() == Symbol.STB_GLOBAL && isPlaced(symbol)) {
                long address = loadAddress + offsets[symbol.section()] + symbol.value();
                globals.put(symbol.name(), new LinkedObject.Global(address, symbol.size()));
            }
        }
        return globals;
    }

    private MalformedInputException malformed(Relocation relocation, String field, String reason) {
        String structure = "Elf64_Rela[r_offset 0x" + Long.toHexString(relocation.offset()) + "]";
        return malformed(-1, structure, field, reason);
    }

    private MalformedInputException malformed(long offset, String structure, String field, String reason) {
        return new MalformedInputException(object.source().name(), offset, structure, field, reason);
    }
}
