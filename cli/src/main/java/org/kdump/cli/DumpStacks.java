package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.KernelSymbols;
import org.kdump.kernel.symbol.ModuleList;
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
        ModuleList modules = ModuleList.of(kernel, problems);
        return TaskStacks.of(kernel, new SymbolTables(memory, symbols, modules), modules);
    }

    /// The tasks that words name, in their order.
    ///
    /// @param unknown takes the words that name none
    static List<Struct> find(TaskStacks stacks, List<String> words, List<String> unknown) throws IOException {
        List<Struct> all = stacks.tasks();
        List<Struct> found = new ArrayList<>();
        for (String word : words) {
            int before = found.size();
            for (Struct task : all) {
                if (isNamed(task, word)) {
                    found.add(task);
                }
            }
            if (found.size() == before) {
                unknown.add(word);
            }
        }
        return found;
    }

    /// Whether a word is a task's pid, or its address.
    static boolean isNamed(Struct task, String word) throws IOException {
        return word.equals(Long.toString(task.number("pid")))
                || word.replaceFirst("^0x", "").equals(Long.toHexString(task.address()));
    }
}
