package org.kdump.cli;

import java.io.IOException;
import java.util.Optional;
import java.util.function.LongFunction;
import org.kdump.debuginfo.kallsyms.SymbolPlace;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.symbol.KernelSymbols;

/// What is at an address as gdb says it, `init_task+2192`; empty if that is in no symbol. Modules are looked
/// for when an address may be in one.
record SymbolText(Kernel kernel, Optional<KernelSymbols> symbols) implements LongFunction<String> {
    /// The kernel's image and its modules are in the last 2 GiB (Documentation/arch/x86/x86_64/mm.rst).
    private static final long FIRST = 0xffffffff80000000L;

    static SymbolText of(Kernel kernel) throws IOException {
        return new SymbolText(kernel, kernel.findKernelSymbols());
    }

    /// The same, or the address itself where it is in no symbol; null for a null pointer.
    String orAddress(long address) {
        String symbol = address == 0 ? "" : apply(address);
        return address == 0 ? null : symbol.isEmpty() ? Json.address(address) : symbol;
    }

    @Override
    public String apply(long address) {
        Optional<SymbolPlace> place = symbols.flatMap(all -> all.nearest(address));
        if (place.isEmpty() && symbols.isPresent() && Long.compareUnsigned(address, FIRST) >= 0) {
            place = inModules(address);
        }
        if (place.isEmpty() || place.get().offset() >= Math.max(1, place.get().size())) {
            return "";
        }
        long offset = place.get().offset();
        String module = place.get().module();
        return place.get().symbol().name()
                + (offset == 0 ? "" : "+" + offset)
                + (module.isEmpty() ? "" : " [" + module + "]");
    }

    /// A name is an extra: what cannot be read is told where it was asked for.
    private Optional<SymbolPlace> inModules(long address) {
        try {
            return kernel.symbols().nearest(address);
        } catch (IOException | MalformedInputException notThere) {
            return Optional.empty();
        }
    }
}
