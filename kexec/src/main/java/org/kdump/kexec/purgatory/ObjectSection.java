package org.kdump.kexec.purgatory;

import static org.kdump.elf.SectionHeader.SHF_ALLOC;
import static org.kdump.elf.SectionHeader.SHF_EXECINSTR;
import static org.kdump.elf.SectionHeader.SHF_WRITE;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ElfObjectWriter;
import org.kdump.elf.Symbol;

/// A section of the purgatory object while it is being written: its bytes, symbols and relocations.
final class ObjectSection {
    /// What fills the gaps in code: running into one is an error.
    private static final int INT3 = 0xcc;

    private record Definition(String name, int binding, int type, int offset, int size) {}

    private final String name;
    private final long flags;
    private final int alignment;
    private final boolean zeroed;
    private final ByteSink bytes = new ByteSink(ByteOrder.LITTLE_ENDIAN);
    private final List<Definition> definitions = new ArrayList<>();
    private final List<Assembler.Reference> references = new ArrayList<>();

    private ObjectSection(String name, long flags, int alignment, boolean zeroed) {
        this.name = name;
        this.flags = flags;
        this.alignment = alignment;
        this.zeroed = zeroed;
    }

    /// `.text`
    static ObjectSection code() {
        return new ObjectSection(".text", SHF_ALLOC | SHF_EXECINSTR, 16, false);
    }

    /// `.rodata`
    static ObjectSection readOnly() {
        return new ObjectSection(".rodata", SHF_ALLOC, 16, false);
    }

    /// `.data`, in pages without code: a write to a page with code costs a processor its prefetched instructions, and
    /// an
    /// emulator far more.
    static ObjectSection writable() {
        return new ObjectSection(".data", SHF_ALLOC | SHF_WRITE, Purgatory.ALIGNMENT, false);
    }

    /// `.bss`
    static ObjectSection zeroed() {
        return new ObjectSection(".bss", SHF_ALLOC | SHF_WRITE, 16, true);
    }

    /// Appends a piece of code with its functions.
    void add(Assembler piece) {
        while (bytes.size() % alignment != 0) {
            bytes.u8(INT3);
        }
        int start = bytes.size();
        int end = start + piece.bytes().length;
        List<String> names = List.copyOf(piece.functions().keySet());
        List<Integer> starts = new ArrayList<>(piece.functions().values());
        starts.add(end - start);
        for (int i = 0; i < names.size(); i++) {
            int size = starts.get(i + 1) - starts.get(i);
            definitions.add(
                    new Definition(names.get(i), Symbol.STB_GLOBAL, Symbol.STT_FUNC, start + starts.get(i), size));
        }
        for (Assembler.Reference reference : piece.references()) {
            references.add(new Assembler.Reference(
                    start + reference.offset(), reference.symbol(), reference.type(), reference.addend()));
        }
        bytes.bytes(piece.bytes());
    }

    /// Appends `content` under a name that the linker may look for.
    ObjectSection global(String name, byte[] content) {
        return data(name, Symbol.STB_GLOBAL, 8, content);
    }

    /// Appends `content` under a name of purgatory's own.
    ObjectSection local(String name, byte[] content) {
        return data(name, Symbol.STB_LOCAL, 8, content);
    }

    /// Appends zeros, where purgatory keeps something of `size` bytes.
    ObjectSection room(String name, int alignment, int size) {
        return data(name, Symbol.STB_LOCAL, alignment, new byte[size]);
    }

    private ObjectSection data(String name, int binding, int alignment, byte[] content) {
        bytes.align(alignment);
        definitions.add(new Definition(name, binding, Symbol.STT_OBJECT, bytes.size(), content.length));
        bytes.bytes(content);
        return this;
    }

    /// Has the last 8 bytes written be the address of a symbol.
    ObjectSection lastIsAddressOf(String symbol) {
        references.add(new Assembler.Reference(bytes.size() - 8, symbol, RelocationType.R_X86_64_64, 0));
        return this;
    }

    void writeTo(ElfObjectWriter object) {
        int index = zeroed
                ? object.zeroed(name, flags, alignment, bytes.size())
                : object.section(name, flags, alignment, bytes.toByteArray());
        for (Definition definition : definitions) {
            object.symbol(new Symbol(
                    definition.name(),
                    definition.binding(),
                    definition.type(),
                    index,
                    definition.offset(),
                    definition.size()));
        }
        for (Assembler.Reference reference : references) {
            object.relocation(
                    index,
                    reference.offset(),
                    reference.symbol(),
                    reference.type().code(),
                    reference.addend());
        }
    }
}
