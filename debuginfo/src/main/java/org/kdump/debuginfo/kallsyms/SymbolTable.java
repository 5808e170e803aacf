package org.kdump.debuginfo.kallsyms;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/// The symbols of a kernel itself, at their addresses in the crashed machine.
public interface SymbolTable {
    /// How many there should be but are not, since their part of the tables is not in the dump.
    int missing();

    /// All symbols of that name, in the order of their addresses.
    List<KernelSymbol> symbols(String name);

    /// The address of the first symbol of that name.
    OptionalLong address(String name);

    /// Gives each symbol to `consumer`, in the order of addresses.
    void forEach(Consumer<KernelSymbol> consumer);

    /// The symbols whose names have `part` in them.
    List<KernelSymbol> search(String part);

    /// What the kernel has at `address`; empty before its first symbol, from its last on, and far from any.
    Optional<SymbolPlace> nearest(long address);
}
