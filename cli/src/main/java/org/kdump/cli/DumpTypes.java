package org.kdump.cli;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.ModuleTypes;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.VirtualMemory;

/// What verbs ask of a dump's types.
final class DumpTypes {
    private DumpTypes() {}

    /// The kernel's memory, with its types and the symbols that VMCOREINFO tells.
    static TypedMemory open(Vmcore vmcore) throws IOException {
        return TypedMemory.of(
                VirtualMemory.kernel(vmcore), name -> vmcore.info().symbol(name));
    }

    /// A struct or union of the kernel, else of the first of its modules that has it.
    ///
    /// @throws MalformedInputException if there is none
    static StructType struct(TypedMemory kernel, String name) throws IOException {
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
    static long address(TypedMemory kernel, String text) throws IOException {
        OptionalLong symbol = kernel.findSymbol(text);
        if (symbol.isPresent()) {
            return symbol.getAsLong();
        }
        try {
            return Long.parseUnsignedLong(text.startsWith("0x") ? text.substring(2) : text, 16);
        } catch (NumberFormatException notANumber) {
            throw new IOException("'" + text + "' is neither an address nor a symbol that the dump tells");
        }
    }
}
