package org.kdump.kernel.why;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kdump.debuginfo.namelist.Namelist;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.CrashSummary;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.memory.AddressOwner;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.KernelSymbols;
import org.kdump.kernel.symbol.ModuleList;
import org.kdump.kernel.symbol.SymbolTables;
import org.kdump.kernel.task.Task;
import org.kdump.kernel.unwind.RunningTasks.RunningTask;
import org.kdump.kernel.unwind.StackFrame;
import org.kdump.kernel.unwind.TaskStack;
import org.kdump.kernel.unwind.TaskStacks;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.VirtualMemory;

/// Looks around in a crashed kernel. What cannot be found out is missing from the answer, which
/// says so.
final class Search {
    private static final Pattern HUNG = Pattern.compile("INFO: task .*:(\\d{1,9}) blocked .*");
    private static final Pattern LOCKED = Pattern.compile(".* hard LOCKUP on cpu (\\d{1,6}).*");
    private static final Pattern ADDRESS = Pattern.compile("\\b[89a-f][0-9a-f]{15}\\b");
    private static final int MOST_ADDRESSES = 3;

    private final CrashSummary summary;
    private final String headline;
    private final Optional<Failure> told;
    private final List<String> missing;
    private final List<String> details = new ArrayList<>();
    private final KernelSymbols symbols;
    private final TypedMemory kernel;
    private final TaskStacks stacks;
    private final List<Struct> tasks;

    /// @param given a file that has symbols and types of this kernel
    /// @param told the kind of failure, by the log
    /// @param missing takes what could not be found out, a sentence each
    /// @throws IOException if the tasks cannot be read
    Search(Vmcore vmcore, Optional<Namelist> given, CrashSummary summary, Optional<Failure> told, List<String> missing)
            throws IOException {
        this.summary = summary;
        this.headline = summary.panic().headline().orElse("");
        this.told = told;
        this.missing = missing;
        VirtualMemory memory = VirtualMemory.kernel(vmcore);
        symbols = KernelSymbols.of(memory, given);
        kernel = TypedMemory.of(memory, symbols::address, given);
        ModuleList modules = ModuleList.of(kernel, missing::add);
        stacks = TaskStacks.of(kernel, new SymbolTables(memory, symbols, modules), modules);
        Partial<Struct> all = stacks.tasks();
        all.problem().ifPresent(missing::add);
        tasks = all.items();
    }

    /// All that is found.
    ///
    /// @throws IOException if the dump cannot be read
    Why run() throws IOException {
        Optional<RunningTask> running = stacks.running().panicTask();
        Optional<TaskStack> crashed =
                running.isPresent() ? Optional.of(stacks.of(running.get().task())) : Optional.empty();
        List<LockedCpu> locked = attempt("which CPUs were locked up", List.of(), this::locked);
        Failure failure = failure(crashed, locked);
        Optional<TaskStack> blamed = attempt("the task to blame", Optional.empty(), () -> blamed(failure, locked));
        Optional<TaskStack> task = blamed.isPresent() ? blamed : crashed;
        List<StackFrame> telling =
                task.isPresent() ? Stack.telling(task.get().backtrace().frames(), failure.interrupts()) : List.of();
        task.flatMap(found -> found.backtrace().problem()).ifPresent(missing::add);
        if (failure == Failure.LIST_CORRUPTION) {
            details.addAll(attempt("where the list is", List.of(), this::owners));
        }
        Optional<MachineCheck> machineCheck =
                failure == Failure.MACHINE_CHECK ? MachineCheck.of(headline) : Optional.empty();
        machineCheck.ifPresent(check -> details.add(check.sentence()));
        Findings findings = new Findings(
                details,
                machineCheck,
                locked,
                attempt("the waiting tasks", List.of(), () -> new WaitingTasks(kernel, stacks, tasks).all()),
                attempt("whether lists are corrupt", List.of(), () -> CorruptLists.all(kernel, tasks)),
                attempt("the memory's use", Optional.empty(), () -> memory(failure)));
        String signature = Signature.of(failure, telling, machineCheck);
        return new Why(summary, failure, task, telling, findings, signature, missing);
    }

    /// A CPU that is locked up does not say so: where the kernel cannot see it, someone sends an
    /// NMI.
    private Failure failure(Optional<TaskStack> crashed, List<LockedCpu> locked) {
        if (told.equals(Optional.of(Failure.NMI)) && !locked.isEmpty()) {
            return Failure.HARD_LOCKUP;
        }
        return told.orElseGet(() -> crashed.map(task -> Failure.shownBy(
                        task.backtrace().frames().stream().map(Stack::name).toList()))
                .orElse(Failure.NONE));
    }

    @FunctionalInterface
    private interface Question<T> {
        T answer() throws IOException;
    }

    private <T> T attempt(String what, T otherwise, Question<T> question) {
        try {
            return question.answer();
        } catch (IOException | MalformedInputException e) {
            missing.add(what + " cannot be told: " + e.getMessage());
            return otherwise;
        }
    }

    private List<LockedCpu> locked() throws IOException {
        return new LockedCpus(kernel, stacks).all(summary.panic().timestampNanos());
    }

    /// The task that failed, where it is not the one that found it so and crashed the machine;
    /// empty if it is.
    private Optional<TaskStack> blamed(Failure failure, List<LockedCpu> locked) throws IOException {
        return switch (failure) {
            case HUNG_TASK -> hung();
            case HARD_LOCKUP -> lockedUp(locked);
            case RCU_STALL -> stalled();
            case SYSRQ,
                    STACK_OVERFLOW,
                    NULL_POINTER,
                    LIST_CORRUPTION,
                    BAD_ADDRESS,
                    PROTECTION_FAULT,
                    BUG,
                    INVALID_OPCODE,
                    SOFT_LOCKUP,
                    OUT_OF_MEMORY,
                    MACHINE_CHECK,
                    NMI,
                    INIT_DIED,
                    NO_ROOT,
                    WARNING,
                    OOPS,
                    PANIC,
                    NONE -> Optional.empty();
        };
    }

    private Optional<TaskStack> hung() throws IOException {
        Matcher named = HUNG.matcher(headline);
        if (!named.matches()) {
            return Optional.empty();
        }
        for (Struct task : tasks) {
            if (task.number("pid") == Long.parseLong(named.group(1))) {
                return Optional.of(stacks.of(task));
            }
        }
        return Optional.empty();
    }

    /// The CPU that the log names: another one may have found it so (since Linux 6.5).
    private Optional<TaskStack> lockedUp(List<LockedCpu> locked) throws IOException {
        Matcher named = LOCKED.matcher(headline);
        if (named.matches()) {
            return onCpu(Integer.parseInt(named.group(1)));
        }
        return locked.stream().findFirst().map(LockedCpu::task);
    }

    private Optional<TaskStack> onCpu(int cpu) throws IOException {
        Optional<RunningTask> running = stacks.running().onCpu(cpu);
        return running.isPresent() ? Optional.of(stacks.of(running.get().task())) : Optional.empty();
    }

    private Optional<TaskStack> stalled() throws IOException {
        RcuStall stall = RcuStall.of(kernel, headline.contains("expedited"));
        if (!stall.cpus().isEmpty()) {
            details.add("RCU waited for CPU "
                    + String.join(
                            ", ", stall.cpus().stream().map(String::valueOf).toList()));
            return onCpu(stall.cpus().getFirst());
        }
        if (stall.tasks().isEmpty()) {
            return Optional.empty();
        }
        TaskStack task = stacks.of(stall.tasks().getFirst());
        details.add("RCU waited for a task that was switched away while it read");
        return Optional.of(task);
    }

    /// What the addresses belong to that the kernel found in the list.
    private List<String> owners() throws IOException {
        PerCpu perCpu = PerCpu.of(kernel);
        List<Task> all = tasks.stream().map(Task::new).toList();
        List<String> owners = new ArrayList<>();
        for (String text : ADDRESS.matcher(headline)
                .results()
                .map(match -> match.group())
                .distinct()
                .limit(MOST_ADDRESSES)
                .toList()) {
            long address = Long.parseUnsignedLong(text, 16);
            List<String> places = new ArrayList<>();
            module(address).ifPresent(places::add);
            AddressOwner.of(kernel, symbols, perCpu, all, address).stream()
                    .filter(owner -> !owner.kind().equals("page"))
                    .map(owner -> owner.kind() + " " + owner.what() + "+0x" + Long.toHexString(owner.offset()))
                    .forEach(places::add);
            if (!places.isEmpty()) {
                owners.add("0x" + text + " is in " + String.join(", ", places));
            }
        }
        return owners;
    }

    /// The module whose `struct module` an address is in, be it half set up or half gone.
    private Optional<String> module(long address) throws IOException {
        Optional<StructType> type = kernel.findStruct("module");
        OptionalLong list = kernel.findSymbol("modules");
        if (type.isEmpty() || list.isEmpty()) {
            return Optional.empty();
        }
        for (Struct module : Lists.entries(type.get(), "list", list.getAsLong()).items()) {
            long offset = address - module.address();
            if (Long.compareUnsigned(offset, type.get().size()) < 0) {
                return Optional.of("struct module of " + LogText.printable(module.text("name")) + "+0x"
                        + Long.toHexString(offset));
            }
        }
        return Optional.empty();
    }

    private Optional<MemoryState> memory(Failure failure) throws IOException {
        return new MemorySearch(kernel, stacks, tasks)
                .find(failure == Failure.OUT_OF_MEMORY, summary.panic().headline());
    }
}
