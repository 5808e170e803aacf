package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.KernelSymbols;
import org.kdump.kernel.symbol.ModuleList;
import org.kdump.kernel.symbol.SymbolTables;
import org.kdump.kernel.unwind.TaskStacks;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.MemoryFault;
import org.kdump.vmcore.paging.VirtualMemory;

/// What verbs ask of a dump's stacks.
///
/// @param kernel the kernel's memory
/// @param stacks the stacks of its tasks
/// @param problems takes a sentence on each thing that is missing from the answers
record DumpStacks(TypedMemory kernel, TaskStacks stacks, Consumer<String> problems) {
    static DumpStacks open(Vmcore vmcore, Consumer<String> problems) throws IOException {
        VirtualMemory memory = VirtualMemory.kernel(vmcore);
        KernelSymbols symbols = KernelSymbols.of(memory);
        TypedMemory kernel = TypedMemory.of(memory, symbols::address);
        ModuleList modules = ModuleList.of(kernel, problems);
        TaskStacks stacks = TaskStacks.of(kernel, new SymbolTables(memory, symbols, modules), modules);
        stacks.running().problem().ifPresent(problems);
        return new DumpStacks(kernel, stacks, problems);
    }

    /// All tasks, as far as they can be found.
    List<Struct> tasks() throws IOException {
        return told(stacks.tasks());
    }

    /// The threads of a task's process.
    List<Struct> threads(Struct task) throws IOException {
        return told(stacks.threads(task));
    }

    private List<Struct> told(Partial<Struct> answer) {
        answer.problem().ifPresent(problems);
        return answer.items();
    }

    /// The tasks that words name: pids of the tasks in the kernel's lists, and addresses.
    ///
    /// @param unknown takes the words that name none
    List<Struct> find(List<String> words, List<String> unknown) throws IOException {
        List<Struct> found = new ArrayList<>();
        List<Struct> all = words.stream().allMatch(DumpStacks::isAddress) ? List.of() : tasks();
        for (String word : words) {
            int before = found.size();
            if (isAddress(word)) {
                found.add(kernel.struct("task_struct", address(word)));
            }
            for (Struct task : isAddress(word) ? List.<Struct>of() : all) {
                if (isAny(task, List.of(word))) {
                    found.add(task);
                }
            }
            if (found.size() == before) {
                unknown.add(word);
            }
        }
        return found;
    }

    /// Whether a word is an address of the kernel, which no pid is.
    private static boolean isAddress(String word) {
        return word.matches("(0x)?[89a-fA-F][0-9a-fA-F]{15}");
    }

    private static long address(String word) {
        return Long.parseUnsignedLong(word.startsWith("0x") ? word.substring(2) : word, 16);
    }

    /// Whether a task is of any of some kinds, or bears a name, a pid or an address; not if it cannot be read.
    boolean isAny(Struct task, List<String> kinds) throws IOException {
        try {
            for (String kind : kinds) {
                if (is(task, kind)) {
                    return true;
                }
            }
        } catch (MemoryFault e) {
            problems.accept("a task is left out: " + e.getMessage());
        }
        return false;
    }

    private boolean is(Struct task, String kind) throws IOException {
        return switch (kind) {
            case "kernel" -> task.number("mm") == 0;
            case "user" -> task.number("mm") != 0;
            case "gleader" -> task.number("group_leader") == task.address();
            case "RU", "IN", "UN", "ID", "ST", "TR", "PA", "NE", "ZO", "DE" ->
                TaskStacks.state(task).equals(kind);
            case "active" -> stacks.running().find(task).isPresent();
            default ->
                isAddress(kind)
                        ? task.address() == address(kind)
                        : kind.equals(Long.toString(task.number("pid"))) || kind.equals(task.text("comm"));
        };
    }
}
