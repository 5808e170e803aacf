package org.kdump.debuginfo.kallsyms;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.kdump.debuginfo.MemoryReader;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.ElfClass;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Symbol;

/// The symbols of a loaded module, out of the part of its ELF symbol table that the kernel keeps
/// (kernel/module/kallsyms.c). Immutable.
public final class ModuleSymbols {
    /// Large modules have 50,000.
    private static final int MOST = 1 << 20;

    private static final int LONGEST_NAME = 512;
    private static final int LARGEST_STRINGS = 1 << 25;

    private final ModuleTables module;
    private final List<KernelSymbol> symbols;

    private ModuleSymbols(ModuleTables module, List<KernelSymbol> symbols) {
        this.module = module;
        this.symbols = symbols;
    }

    /// Reads the module's table. Symbols whose part of it is not in the dump are left out.
    ///
    /// @param file the dump's name for errors
    /// @param memory the kernel's
    /// @throws MalformedInputException if there cannot be so many symbols
    /// @throws IOException if the dump cannot be read
    public static ModuleSymbols read(
            String file, MemoryReader memory, ModuleTables module, ElfClass elfClass, ByteOrder order)
            throws IOException {
        if (module.count() < 0 || module.count() > MOST) {
            throw new MalformedInputException(
                    file, -1, "module " + module.name(), "num_symtab", module.count() + " symbols cannot be");
        }
        byte[] table = upTo(memory, module.symbols(), (int) module.count() * elfClass.symbolSize());
        ByteCursor cursor = new ByteCursor(file, -1, "Elf_Sym", MemorySegment.ofArray(table), order);
        int count = table.length / elfClass.symbolSize();
        byte[] strings = upTo(memory, module.strings(), stringsSize(cursor, count, elfClass));
        byte[] types = module.types() == 0 ? new byte[0] : upTo(memory, module.types(), count);
        cursor.seek(0);
        List<KernelSymbol> symbols = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Symbol symbol = Symbol.read(cursor, elfClass, offset -> text(strings, offset));
            if (symbol.section() != Symbol.SHN_UNDEF && isName(symbol.name())) {
                symbols.add(new KernelSymbol(symbol.name(), symbol.value(), type(symbol, types, i)));
            }
        }
        // Stable: of several symbols at one address the kernel names the first of the table.
        symbols.sort(Comparator.comparing(KernelSymbol::address, Long::compareUnsigned));
        return new ModuleSymbols(module, List.copyOf(symbols));
    }

    private static byte[] upTo(MemoryReader memory, long address, int size) throws IOException {
        byte[] bytes = new byte[size];
        return Arrays.copyOf(bytes, (int) memory.read(address, MemorySegment.ofArray(bytes)));
    }

    /// Nothing tells the size of the strings but the last of them.
    private static int stringsSize(ByteCursor cursor, int count, ElfClass elfClass) {
        int[] last = {0};
        for (int i = 0; i < count; i++) {
            Symbol.read(cursor, elfClass, offset -> {
                last[0] = Math.max(last[0], offset);
                return "";
            });
        }
        return Math.min(last[0], LARGEST_STRINGS) + LONGEST_NAME;
    }

    private static String text(byte[] strings, int offset) {
        int start = offset < 0 || offset > strings.length ? strings.length : offset;
        int end = start;
        while (end < strings.length && strings[end] != 0 && end - start < LONGEST_NAME) {
            end++;
        }
        return new String(strings, start, end - start, StandardCharsets.ISO_8859_1);
    }

    /// Not a mark of the assembler's, which the kernel passes over too (include/linux/module_symbol.h).
    private static boolean isName(String name) {
        return !name.isEmpty() && !name.startsWith("$") && !name.startsWith(".L") && !name.startsWith("L0");
    }

    /// The kernel's letters are all small (`elf_type`); as `nm` does, symbols that other files see get capital ones.
    private static char type(Symbol symbol, byte[] types, int index) {
        int letter = index < types.length ? types[index] & 0xff : symbol.binding() << 4 | symbol.type();
        boolean global = index < types.length && symbol.binding() == Symbol.STB_GLOBAL;
        char type = letter > ' ' && letter < 0x7f ? (char) letter : '?';
        return global ? Character.toUpperCase(type) : type;
    }

    /// The module, and where it is.
    public ModuleTables module() {
        return module;
    }

    /// All symbols, in the order of their addresses.
    public List<KernelSymbol> symbols() {
        return symbols;
    }

    /// All symbols of that name.
    public List<KernelSymbol> symbols(String name) {
        return symbols.stream().filter(symbol -> symbol.name().equals(name)).toList();
    }

    /// What the module has at `address`; empty outside of the module, and before the first symbol of its part there.
    public Optional<SymbolPlace> nearest(long address) {
        Optional<ModuleTables.Area> area = module.area(address);
        int number = KernelSymbol.lastAtOrBefore(symbols, address);
        if (area.isEmpty()
                || number < 0
                || !area.get().contains(symbols.get(number).address())) {
            return Optional.empty();
        }
        long start = symbols.get(number).address();
        long end = area.get().start() + area.get().size();
        if (number + 1 < symbols.size()
                && area.get().contains(symbols.get(number + 1).address())) {
            end = symbols.get(number + 1).address();
        }
        while (number > 0 && symbols.get(number - 1).address() == start) {
            number--;
        }
        return Optional.of(new SymbolPlace(symbols.get(number), address - start, end - start, module.name()));
    }
}
