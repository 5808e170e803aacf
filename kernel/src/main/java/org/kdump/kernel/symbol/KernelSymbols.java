package org.kdump.kernel.symbol;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.debuginfo.kallsyms.KernelSymbol;
import org.kdump.debuginfo.kallsyms.SymbolPlace;
import org.kdump.debuginfo.kallsyms.SymbolTable;
import org.kdump.debuginfo.namelist.Namelist;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.paging.MemoryFault;
import org.kdump.vmcore.paging.VirtualMemory;

/// The symbols of a crashed kernel, out of the dump alone.
public final class KernelSymbols {
    private final SymbolTable kernel;

    private KernelSymbols(SymbolTable kernel) {
        this.kernel = kernel;
    }

    /// Reads the kernel's own symbols.
    ///
    /// @throws MalformedInputException if the dump does not hold them, or they make no sense
    /// @throws IOException if the dump cannot be read
    public static KernelSymbols of(VirtualMemory memory) throws IOException {
        return new KernelSymbols(new KernelTables(memory).read());
    }

    /// What the dump holds goes before what a file lists, which may leave out what is in no section.
    ///
    /// @param given what the user gave, for a dump that lacks symbols
    /// @throws MalformedInputException if neither has them, or the file is of another kernel
    /// @throws IOException if the dump cannot be read
    public static KernelSymbols of(VirtualMemory memory, Optional<Namelist> given) throws IOException {
        try {
            KernelSymbols own = of(memory);
            if (given.isEmpty() || own.kernel().missing() == 0) {
                return own;
            }
        } catch (MalformedInputException | MemoryFault notInDump) {
            if (given.isEmpty()) {
                throw notInDump;
            }
        }
        return new KernelSymbols(given.get().moved(new KernelTables(memory).known()));
    }

    /// The symbols of the kernel itself.
    public SymbolTable kernel() {
        return kernel;
    }

    /// The address of the first symbol of that name.
    public OptionalLong address(String name) {
        return kernel.address(name);
    }

    /// All symbols of that name.
    public List<KernelSymbol> symbols(String name) {
        return kernel.symbols(name);
    }

    /// What there is at an address.
    public Optional<SymbolPlace> nearest(long address) {
        return kernel.nearest(address);
    }
}
