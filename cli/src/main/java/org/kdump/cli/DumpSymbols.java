package org.kdump.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.kdump.debuginfo.kallsyms.SymbolPlace;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.KernelSymbols;
import org.kdump.kernel.symbol.ModuleList;
import org.kdump.kernel.symbol.SymbolTables;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.VirtualMemory;

/// What verbs ask of a dump's symbols. Those of modules, which need the kernel's types, are read when they are asked
/// for.
final class DumpSymbols {
    private final VirtualMemory memory;
    private final KernelSymbols kernel;
    private final Consumer<String> problems;
    private SymbolTables all;

    private DumpSymbols(VirtualMemory memory, KernelSymbols kernel, Consumer<String> problems) {
        this.memory = memory;
        this.kernel = kernel;
        this.problems = problems;
    }

    /// @param problems takes a sentence on each thing that is missing from the answers
    /// @throws MalformedInputException if the dump holds no symbols
    /// @throws IOException if the dump cannot be read
    static DumpSymbols open(Vmcore vmcore, Consumer<String> problems) throws IOException {
        VirtualMemory memory = VirtualMemory.kernel(vmcore);
        KernelSymbols kernel = KernelSymbols.of(memory);
        if (kernel.kernel().missing() > 0) {
            problems.accept(kernel.kernel().missing() + " of the kernel's symbols are not in the dump");
        }
        return new DumpSymbols(memory, kernel, problems);
    }

    /// The kernel's own.
    KernelSymbols kernel() {
        return kernel;
    }

    /// The kernel's and those of its modules, as far as these can be found.
    SymbolTables all() throws IOException {
        if (all == null) {
            all = new SymbolTables(memory, kernel, modules());
        }
        return all;
    }

    private ModuleList modules() throws IOException {
        try {
            return ModuleList.of(TypedMemory.of(memory, kernel::address), problems);
        } catch (MalformedInputException noTypes) {
            problems.accept("the symbols of modules cannot be found: " + noTypes.getMessage());
            return ModuleList.of(List.of());
        }
    }

    /// The symbols that a word names, or the one at the address that it is; none if there are none.
    List<SymbolPlace> find(String word) throws IOException {
        OptionalLong address = address(word);
        if (address.isPresent() && address.getAsLong() < 0) {
            // Most addresses are the kernel's own, and then no module needs to be looked for.
            Optional<SymbolPlace> place = kernel.nearest(address.getAsLong());
            place = place.isPresent() ? place : all().nearest(address.getAsLong());
            return place.stream().toList();
        }
        List<SymbolPlace> named = all().find(word);
        return named.isEmpty() && address.isPresent()
                ? all().nearest(address.getAsLong()).stream().toList()
                : named;
    }

    private static OptionalLong address(String word) {
        try {
            return OptionalLong.of(Long.parseUnsignedLong(word.startsWith("0x") ? word.substring(2) : word, 16));
        } catch (NumberFormatException notANumber) {
            return OptionalLong.empty();
        }
    }
}
