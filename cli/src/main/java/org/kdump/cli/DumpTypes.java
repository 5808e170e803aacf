package org.kdump.cli;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.debuginfo.kallsyms.SymbolPlace;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.ModuleTypes;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.KernelSymbols;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.MemoryFault;
import org.kdump.vmcore.paging.VirtualMemory;

/// What verbs ask of a dump's types.
///
/// @param kernel the kernel's memory
/// @param symbols the kernel's symbols; empty if the dump holds none that make sense, so that only those are known that
///     VMCOREINFO tells
record DumpTypes(TypedMemory kernel, Optional<KernelSymbols> symbols) {
    /// @throws MalformedInputException if the dump holds no types
    /// @throws IOException if the dump cannot be read
    static DumpTypes open(Vmcore vmcore) throws IOException {
        VirtualMemory memory = VirtualMemory.kernel(vmcore);
        Optional<KernelSymbols> symbols = symbols(memory);
        TypedMemory kernel = TypedMemory.of(
                memory,
                name -> symbols.isPresent()
                        ? symbols.get().address(name)
                        : vmcore.info().symbol(name));
        return new DumpTypes(kernel, symbols);
    }

    private static Optional<KernelSymbols> symbols(VirtualMemory memory) throws IOException {
        try {
            return Optional.of(KernelSymbols.of(memory));
        } catch (MalformedInputException | MemoryFault e) {
            // Types are found without symbols too, and struct and union answer most without them.
            return Optional.empty();
        }
    }

    /// A struct or union of the kernel, else of the first of its modules that has it.
    ///
    /// @throws MalformedInputException if there is none
    StructType struct(String name) throws IOException {
        Optional<StructType> found = kernel.findStruct(name);
        if (found.isPresent()) {
            return found.get();
        }
        for (ModuleTypes module : ModuleTypes.of(kernel).items()) {
            Optional<StructType> inModule = kernel.with(module.read()).findStruct(name);
            if (inModule.isPresent()) {
                return inModule.get();
            }
        }
        return kernel.struct(name);
    }

    /// An address as the user gives it: hexadecimal, with `0x` or without, or a symbol.
    long address(String text) throws IOException {
        OptionalLong symbol = kernel.findSymbol(text);
        if (symbol.isPresent()) {
            return symbol.getAsLong();
        }
        try {
            return Long.parseUnsignedLong(text.startsWith("0x") ? text.substring(2) : text, 16);
        } catch (NumberFormatException notANumber) {
            throw new IOException("'" + text + "' is neither an address nor a symbol of the kernel");
        }
    }

    /// What is at an address as gdb says it, `init_task+2192`; empty if that is in no symbol.
    String symbol(long address) {
        Optional<SymbolPlace> place = symbols.flatMap(all -> all.nearest(address));
        if (place.isEmpty() || place.get().offset() >= Math.max(1, place.get().size())) {
            return "";
        }
        long offset = place.get().offset();
        return place.get().symbol().name() + (offset == 0 ? "" : "+" + offset);
    }
}
