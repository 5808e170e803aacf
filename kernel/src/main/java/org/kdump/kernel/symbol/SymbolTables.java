package org.kdump.kernel.symbol;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kdump.debuginfo.kallsyms.KernelSymbol;
import org.kdump.debuginfo.kallsyms.ModuleSymbols;
import org.kdump.debuginfo.kallsyms.ModuleTables;
import org.kdump.debuginfo.kallsyms.SymbolPlace;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.VirtualMemory;

/// The symbols of a crashed kernel and of its modules, out of the dump alone.
///
/// A module's symbols are read when they are first asked for. Safe for use by several threads.
public final class SymbolTables {
    private final VirtualMemory memory;
    private final KernelSymbols kernel;
    private final ModuleList modules;
    private final Map<ModuleTables, ModuleSymbols> read = new LinkedHashMap<>();

    /// @param memory the kernel's
    /// @param kernel the kernel's own symbols
    /// @param modules the modules whose symbols are to be known
    public SymbolTables(VirtualMemory memory, KernelSymbols kernel, ModuleList modules) {
        this.memory = memory;
        this.kernel = kernel;
        this.modules = modules;
    }

    /// As the other, of modules that are found already.
    public SymbolTables(VirtualMemory memory, KernelSymbols kernel, List<LoadedModule> modules) {
        this(memory, kernel, ModuleList.of(modules));
    }

    /// The symbols of the kernel itself.
    public KernelSymbols kernel() {
        return kernel;
    }

    /// The modules whose symbols are known.
    ///
    /// @throws IOException if the dump cannot be read
    public List<ModuleTables> modules() throws IOException {
        return modules.all().stream().map(LoadedModule::tables).toList();
    }

    /// The symbols of one of [#modules].
    ///
    /// @throws MalformedInputException if there cannot be so many
    /// @throws IOException if the dump cannot be read
    public ModuleSymbols module(ModuleTables module) throws IOException {
        synchronized (read) {
            ModuleSymbols symbols = read.get(module);
            if (symbols == null) {
                Vmcore vmcore = memory.vmcore();
                symbols =
                        ModuleSymbols.read(vmcore.name(), memory::read, module, vmcore.elfClass(), vmcore.byteOrder());
                read.put(module, symbols);
            }
            return symbols;
        }
    }

    /// All symbols of that name, the kernel's first, each as a place with its module.
    ///
    /// @throws IOException if the dump cannot be read
    public List<SymbolPlace> find(String name) throws IOException {
        List<SymbolPlace> places = new ArrayList<>();
        for (KernelSymbol symbol : kernel.symbols(name)) {
            long size = kernel.nearest(symbol.address()).map(SymbolPlace::size).orElse(0L);
            places.add(new SymbolPlace(symbol, 0, size, ""));
        }
        for (ModuleTables module : modules()) {
            ModuleSymbols symbols = module(module);
            symbols.symbols(name).forEach(symbol -> places.add(place(symbols, symbol)));
        }
        return places;
    }

    private static SymbolPlace place(ModuleSymbols module, KernelSymbol symbol) {
        long size = module.nearest(symbol.address()).map(SymbolPlace::size).orElse(0L);
        return new SymbolPlace(symbol, 0, size, module.module().name());
    }

    /// What there is at an address, of the kernel or of a module.
    ///
    /// @throws IOException if the dump cannot be read
    public Optional<SymbolPlace> nearest(long address) throws IOException {
        // No module is between the kernel's own symbols.
        Optional<SymbolPlace> own = kernel.nearest(address);
        if (own.isPresent()) {
            return own;
        }
        for (ModuleTables module : modules()) {
            if (module.area(address).isPresent()) {
                return module(module).nearest(address);
            }
        }
        return Optional.empty();
    }
}
