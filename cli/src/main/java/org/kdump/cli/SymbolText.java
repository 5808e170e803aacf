package org.kdump.cli;

import java.io.IOException;
import java.util.Optional;
import java.util.function.LongFunction;
import org.kdump.debuginfo.kallsyms.SymbolPlace;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.symbol.KernelSymbols;

/// What is at an address as gdb says it, `init_task+2192`; empty if that is in no symbol of the kernel's own.
record SymbolText(Optional<KernelSymbols> symbols) implements LongFunction<String> {
    static SymbolText of(Kernel kernel) throws IOException {
        return new SymbolText(kernel.findKernelSymbols());
    }

    @Override
    public String apply(long address) {
        Optional<SymbolPlace> place = symbols.flatMap(all -> all.nearest(address));
        if (place.isEmpty() || place.get().offset() >= Math.max(1, place.get().size())) {
            return "";
        }
        long offset = place.get().offset();
        return place.get().symbol().name() + (offset == 0 ? "" : "+" + offset);
    }
}
