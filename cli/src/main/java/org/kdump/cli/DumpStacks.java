package org.kdump.cli;

import java.io.IOException;
import java.util.function.Consumer;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.KernelSymbols;
import org.kdump.kernel.symbol.LoadedModule;
import org.kdump.kernel.symbol.SymbolTables;
import org.kdump.kernel.unwind.TaskStacks;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.VirtualMemory;

/// What verbs ask of a dump's stacks.
final class DumpStacks {
    private DumpStacks() {}

    /// @param problems takes a sentence on each thing that is missing from the answers
    static TaskStacks open(Vmcore vmcore, Consumer<String> problems) throws IOException {
        VirtualMemory memory = VirtualMemory.kernel(vmcore);
        KernelSymbols symbols = KernelSymbols.of(memory);
        TypedMemory kernel = TypedMemory.of(memory, symbols::address);
        Partial<LoadedModule> modules = LoadedModule.all(kernel);
        modules.problem().ifPresent(problems);
        return TaskStacks.of(kernel, new SymbolTables(memory, symbols, modules.items()), modules.items());
    }
}
