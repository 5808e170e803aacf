package org.kdump.debuginfo.namelist;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.kdump.debuginfo.kallsyms.KernelSymbol;
import org.kdump.debuginfo.kallsyms.SymbolPlace;
import org.kdump.debuginfo.kallsyms.SymbolTable;

/// Symbols that a file lists, moved to where KASLR put them. Immutable.
final class SymbolFile implements SymbolTable {
    /// What is further away from a symbol is no part of it.
    private static final long FARTHEST = 1L << 30;

    private final List<KernelSymbol> symbols;
    private final Map<String, KernelSymbol> first = new LinkedHashMap<>();

    /// @param offset what KASLR added to addresses of the upper half; the others are those of per-CPU variables
    SymbolFile(List<KernelSymbol> listed, long offset) {
        symbols = listed.stream()
                .map(symbol -> symbol.address() < 0
                        ? new KernelSymbol(symbol.name(), symbol.address() + offset, symbol.type())
                        : symbol)
                .sorted(Comparator.comparing(KernelSymbol::address, Long::compareUnsigned))
                .toList();
        symbols.forEach(symbol -> first.putIfAbsent(symbol.name(), symbol));
    }

    @Override
    public int missing() {
        return 0;
    }

    @Override
    public List<KernelSymbol> symbols(String name) {
        return first.containsKey(name)
                ? symbols.stream().filter(symbol -> symbol.name().equals(name)).toList()
                : List.of();
    }

    @Override
    public OptionalLong address(String name) {
        KernelSymbol symbol = first.get(name);
        return symbol == null ? OptionalLong.empty() : OptionalLong.of(symbol.address());
    }

    @Override
    public void forEach(Consumer<KernelSymbol> consumer) {
        symbols.forEach(consumer);
    }

    @Override
    public List<KernelSymbol> search(String part) {
        return symbols.stream().filter(symbol -> symbol.name().contains(part)).toList();
    }

    @Override
    public Optional<SymbolPlace> nearest(long address) {
        int number = KernelSymbol.lastAtOrBefore(symbols, address);
        if (number < 0 || number + 1 == symbols.size()) {
            return Optional.empty();
        }
        long start = symbols.get(number).address();
        long size = symbols.get(number + 1).address() - start;
        while (number > 0 && symbols.get(number - 1).address() == start) {
            number--;
        }
        return Long.compareUnsigned(size, FARTHEST) > 0
                ? Optional.empty()
                : Optional.of(new SymbolPlace(symbols.get(number), address - start, size, ""));
    }
}
