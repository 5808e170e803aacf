package org.kdump.kernel;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.kdump.debuginfo.namelist.Namelist;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.CrashSummary;
import org.kdump.kernel.crash.KernelLog;
import org.kdump.kernel.object.ModuleTypes;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.repair.SoundDump;
import org.kdump.kernel.symbol.KernelSymbols;
import org.kdump.kernel.symbol.ModuleList;
import org.kdump.kernel.symbol.SymbolTables;
import org.kdump.kernel.task.MemoryUse;
import org.kdump.kernel.task.Task;
import org.kdump.kernel.unwind.TaskStacks;
import org.kdump.kernel.why.Why;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.MemoryFault;
import org.kdump.vmcore.paging.VirtualMemory;

/// A crashed kernel, opened from its dump alone: the way into all that can be asked of it.
///
/// ```java
/// try (var kernel = Kernel.open(Path.of("vmcore"))) {
///     for (Task task : kernel.tasks()) {
///         System.out.println(task.pid() + " " + task.name() + " " + kernel.stacks().of(task.structure()));
///     }
/// }
/// ```
///
/// Each part of it (symbols, types, modules, stacks) is read when it is first asked for. What is missing from
/// an answer
/// is told to the consumer given when it was opened, a sentence each, and the answer is what there is.
///
/// For one thread.
public final class Kernel implements AutoCloseable {
    private final Vmcore vmcore;
    private final VirtualMemory memory;
    private final Consumer<String> problems;
    private final Optional<Namelist> given;
    private Optional<KernelSymbols> found;
    private TypedMemory types;
    private ModuleList modules;
    private SymbolTables symbols;
    private PerCpu perCpu;
    private TaskStacks stacks;
    private List<Task> tasks;

    private Kernel(Vmcore vmcore, Consumer<String> problems, Optional<Namelist> given) throws IOException {
        this.vmcore = vmcore;
        this.given = given;
        this.problems = problems;
        memory = VirtualMemory.kernel(vmcore);
    }

    /// Opens a dump of any format, or /proc/vmcore; what is missing from answers is told to nobody.
    ///
    /// @throws MalformedInputException if it is no dump, or damaged so that nothing can be read
    /// @throws IOException if it cannot be read
    public static Kernel open(Path dump) throws IOException {
        return open(dump, problem -> {});
    }

    /// Opens a dump of any format, or /proc/vmcore.
    ///
    /// @param problems takes a sentence on each thing that is missing from the answers
    /// @throws MalformedInputException if it is no dump, or damaged so that nothing can be read
    /// @throws IOException if it cannot be read
    public static Kernel open(Path dump, Consumer<String> problems) throws IOException {
        return open(dump, problems, Optional.empty());
    }

    /// As the other, with what a file knows of the kernel: it answers where the dump itself has no symbols or types.
    ///
    /// @param given a vmlinux or System.map
    public static Kernel open(Path dump, Consumer<String> problems, Optional<Namelist> given) throws IOException {
        Vmcore vmcore = SoundDump.open(List.of(dump), problems, given);
        try {
            return new Kernel(vmcore, problems, given);
        } catch (IOException | RuntimeException failure) {
            vmcore.close();
            throw failure;
        }
    }

    /// The kernel in a dump that is open; it is closed with the kernel.
    ///
    /// @throws IOException if its page tables cannot be found
    public static Kernel of(Vmcore vmcore, Consumer<String> problems) throws IOException {
        return new Kernel(vmcore, problems, Optional.empty());
    }

    /// The dump: physical memory, VMCOREINFO, notes.
    public Vmcore vmcore() {
        return vmcore;
    }

    /// The kernel's virtual memory.
    public VirtualMemory memory() {
        return memory;
    }

    /// What is told of each thing that is missing from an answer.
    public Consumer<String> problems() {
        return problems;
    }

    /// The crash at first sight.
    ///
    /// @throws IOException if the dump cannot be read
    public CrashSummary summary() throws IOException {
        return CrashSummary.of(vmcore);
    }

    /// The kernel's log.
    ///
    /// @throws MalformedInputException if it makes no sense
    /// @throws IOException if it cannot be read
    public KernelLog log() throws IOException {
        return KernelLog.of(memory);
    }

    /// The kernel's own symbols, without those of modules.
    ///
    /// @throws MalformedInputException if the dump holds none that make sense
    /// @throws IOException if they cannot be read
    public KernelSymbols kernelSymbols() throws IOException {
        if (found == null || found.isEmpty()) {
            KernelSymbols read = KernelSymbols.of(memory, given);
            if (read.kernel().missing() > 0) {
                problems.accept(read.kernel().missing() + " of the kernel's symbols are not in the dump");
            }
            found = Optional.of(read);
        }
        return found.get();
    }

    /// The kernel's own symbols; empty if the dump holds none that make sense.
    ///
    /// @throws IOException if the dump cannot be read
    public Optional<KernelSymbols> findKernelSymbols() throws IOException {
        if (found == null) {
            try {
                kernelSymbols();
            } catch (MalformedInputException | MemoryFault e) {
                problems.accept("there are no symbols: " + e.getMessage());
                found = Optional.empty();
            }
        }
        return found;
    }

    /// The kernel's memory by its types. If the dump holds no symbols, those that VMCOREINFO tells are known.
    ///
    /// @throws MalformedInputException if the dump holds no types
    /// @throws IOException if they cannot be read
    public TypedMemory types() throws IOException {
        if (types == null) {
            Optional<KernelSymbols> own = findKernelSymbols();
            types = TypedMemory.of(
                    memory,
                    name -> own.isPresent()
                            ? own.get().address(name)
                            : vmcore.info().symbol(name),
                    given);
        }
        return types;
    }

    /// The modules that were loaded, as far as they can be found.
    ///
    /// @throws IOException if the dump cannot be read
    public ModuleList modules() throws IOException {
        if (modules == null) {
            try {
                modules = ModuleList.of(types(), problems);
            } catch (MalformedInputException noTypes) {
                problems.accept("modules cannot be found: " + noTypes.getMessage());
                modules = ModuleList.of(List.of());
            }
        }
        return modules;
    }

    /// The symbols of the kernel and of its modules. Modules are looked for when they are asked for.
    ///
    /// @throws MalformedInputException if the dump holds no symbols
    /// @throws IOException if they cannot be read
    public SymbolTables symbols() throws IOException {
        if (symbols == null) {
            symbols = new SymbolTables(memory, kernelSymbols(), modules());
        }
        return symbols;
    }

    /// The per-CPU variables.
    ///
    /// @throws IOException if they cannot be found
    public PerCpu perCpu() throws IOException {
        if (perCpu == null) {
            perCpu = PerCpu.of(types());
        }
        return perCpu;
    }

    /// The stacks of tasks.
    ///
    /// @throws IOException if the CPUs' tasks cannot be read
    public TaskStacks stacks() throws IOException {
        if (stacks == null) {
            stacks = TaskStacks.of(types(), symbols(), modules());
            stacks.running().problem().ifPresent(problems);
        }
        return stacks;
    }

    /// All tasks: the idle tasks, then processes and their threads, as far as they can be found.
    ///
    /// @throws IOException if none can be read
    public List<Task> tasks() throws IOException {
        if (tasks == null) {
            tasks = told(stacks().tasks()).stream().map(Task::new).toList();
        }
        return tasks;
    }

    /// Whether a task ran on a CPU when the machine crashed.
    ///
    /// @throws IOException if the CPUs' tasks cannot be read
    public boolean isRunning(Task task) throws IOException {
        return stacks().running().find(task.structure()).isPresent();
    }

    /// All threads of a task's process.
    ///
    /// @throws IOException if the dump cannot be read
    public List<Task> threads(Task task) throws IOException {
        return told(stacks().threads(task.structure())).stream().map(Task::new).toList();
    }

    /// How much user memory a task's process has.
    ///
    /// @throws IOException if it cannot be read
    public MemoryUse memoryUse(Task task) throws IOException {
        if (task.memory().isEmpty()) {
            return MemoryUse.NONE;
        }
        return MemoryUse.of(task, told(stacks().threads(task.structure())), perCpu());
    }

    /// What crashed the machine says first of itself, from its tasks and log.
    ///
    /// @throws IOException if the dump cannot be read
    public Why why() throws IOException {
        return Why.of(vmcore, given);
    }

    /// The items of an answer; what is missing is told.
    public <T> List<T> told(Partial<T> answer) {
        answer.problem().ifPresent(problems);
        return answer.items();
    }

    /// A struct or union of the kernel, else of the first of its modules that has it.
    ///
    /// @throws MalformedInputException if there is none
    /// @throws IOException if the types of modules cannot be read
    public StructType struct(String name) throws IOException {
        Optional<StructType> own = types().findStruct(name);
        if (own.isPresent()) {
            return own.get();
        }
        for (ModuleTypes module : ModuleTypes.of(types()).items()) {
            Optional<StructType> inModule = types().with(module.read()).findStruct(name);
            if (inModule.isPresent()) {
                return inModule.get();
            }
        }
        return types().struct(name);
    }

    /// An address as people write it: hexadecimal, with `0x` or without, or the name of a symbol of the
    /// kernel.
    ///
    /// @throws IOException if it is neither, or the dump cannot be read
    public long address(String text) throws IOException {
        OptionalLong symbol = types().findSymbol(text);
        if (symbol.isPresent()) {
            return symbol.getAsLong();
        }
        try {
            return Long.parseUnsignedLong(text.startsWith("0x") ? text.substring(2) : text, 16);
        } catch (NumberFormatException notANumber) {
            throw new IOException("'" + text + "' is neither an address nor a symbol of the kernel");
        }
    }

    /// Closes the dump.
    @Override
    public void close() throws IOException {
        vmcore.close();
    }
}
