package org.kdump.kernel.why;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.kdump.debuginfo.namelist.Namelist;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.CrashSummary;
import org.kdump.kernel.crash.PanicReport;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.KernelSymbols;
import org.kdump.kernel.symbol.ModuleList;
import org.kdump.kernel.symbol.SymbolTables;
import org.kdump.kernel.unwind.RunningTasks.RunningTask;
import org.kdump.kernel.unwind.StackFrame;
import org.kdump.kernel.unwind.TaskStack;
import org.kdump.kernel.unwind.TaskStacks;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.VirtualMemory;

/// The first page that an engineer would write on a crash: what failed, where, and what else looks wrong.
///
/// @param summary the crash at first sight
/// @param failure what kind it is
/// @param task the task that failed, with its stack; empty if there is none, or it cannot be found
/// @param telling its stack without its noise
/// @param waiting tasks that wait and cannot be interrupted, the one that waits longest first
/// @param freeMemory the share of memory that was free, from 0 to 1; empty if it cannot be told
/// @param signature what crashes of this cause have in common
/// @param missing what could not be found out, a sentence each
public record Why(
        CrashSummary summary,
        Failure failure,
        Optional<TaskStack> task,
        List<StackFrame> telling,
        List<WaitingTask> waiting,
        Optional<Double> freeMemory,
        String signature,
        List<String> missing) {
    private static final Pattern HUNG = Pattern.compile("INFO: task .*:(\\d{1,9}) blocked .*");

    /// Copies the lists.
    public Why {
        telling = List.copyOf(telling);
        waiting = List.copyOf(waiting);
        missing = List.copyOf(missing);
    }

    /// Finds it out.
    ///
    /// @param given what a file knows of the kernel, for a dump that has no symbols or types of its own
    /// @throws IOException if the dump cannot be read at all
    public static Why of(Vmcore vmcore, Optional<Namelist> given) throws IOException {
        CrashSummary summary = CrashSummary.of(vmcore);
        List<String> missing = new ArrayList<>(summary.missing());
        PanicReport panic = summary.panic();
        Optional<Failure> told = Failure.toldBy(telling(panic));
        try {
            return new Search(vmcore, given, summary, told, missing).run();
        } catch (IOException | MalformedInputException e) {
            missing.add("the tasks cannot be read: " + e.getMessage());
            Failure failure = told.orElse(Failure.NONE);
            return new Why(
                    summary,
                    failure,
                    Optional.empty(),
                    List.of(),
                    List.of(),
                    Optional.empty(),
                    Signature.of(failure, List.of()),
                    missing);
        }
    }

    /// The lines of the log that tell what failed, the most telling first. That someone asked for a crash
    /// tells nothing
    /// if the kernel then died of something else: the panic would say so.
    static List<String> telling(PanicReport panic) {
        List<String> lines = Stream.of(panic.headline(), panic.panic())
                .flatMap(Optional::stream)
                .toList();
        boolean asked = !lines.isEmpty() && lines.getFirst().contains("Trigger a crash");
        if (!asked || panic.panic().isEmpty() || panic.panic().get().contains("sysrq")) {
            return lines;
        }
        List<String> others = new ArrayList<>(panic.signs().reversed());
        others.remove(lines.getFirst());
        others.addAll(lines.reversed());
        return others;
    }

    /// What is needed of a dump while it is looked at.
    private static final class Search {
        private final CrashSummary summary;
        private final Optional<Failure> told;
        private final List<String> missing;
        private final TypedMemory kernel;
        private final TaskStacks stacks;
        private final List<Struct> tasks;

        Search(
                Vmcore vmcore,
                Optional<Namelist> given,
                CrashSummary summary,
                Optional<Failure> told,
                List<String> missing)
                throws IOException {
            this.summary = summary;
            this.told = told;
            this.missing = missing;
            VirtualMemory memory = VirtualMemory.kernel(vmcore);
            KernelSymbols symbols = KernelSymbols.of(memory, given);
            kernel = TypedMemory.of(memory, symbols::address, given);
            ModuleList modules = ModuleList.of(kernel, missing::add);
            stacks = TaskStacks.of(kernel, new SymbolTables(memory, symbols, modules), modules);
            Partial<Struct> all = stacks.tasks();
            all.problem().ifPresent(missing::add);
            tasks = all.items();
        }

        Why run() throws IOException {
            Optional<TaskStack> crashed = Optional.empty();
            Optional<RunningTask> running = stacks.running().panicTask();
            if (running.isPresent()) {
                crashed = Optional.of(stacks.of(running.get().task()));
            }
            Failure failure = told.orElse(Failure.NONE);
            if (told.isEmpty() && crashed.isPresent()) {
                failure = Failure.shownBy(crashed.get().backtrace().frames().stream()
                        .map(Stack::name)
                        .toList());
            }
            Optional<TaskStack> task = hung();
            task = task.isPresent() ? task : crashed;
            List<StackFrame> telling =
                    task.isPresent() ? Stack.telling(task.get().backtrace().frames(), failure.interrupts()) : List.of();
            task.flatMap(found -> found.backtrace().problem()).ifPresent(missing::add);
            List<WaitingTask> waiting = attempt("the waiting tasks", List.of(), this::waiting);
            Optional<Double> free = attempt("the memory's use", Optional.empty(), this::free);
            return new Why(summary, failure, task, telling, waiting, free, Signature.of(failure, telling), missing);
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

        /// The task that the log names as hung: it is not the one that found it so and crashed the machine.
        private Optional<TaskStack> hung() throws IOException {
            Matcher named = HUNG.matcher(summary.panic().headline().orElse(""));
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

        private List<WaitingTask> waiting() throws IOException {
            return new WaitingTasks(kernel, stacks, tasks).all();
        }

        private Optional<Double> free() throws IOException {
            OptionalLong counters = kernel.findSymbol("vm_zone_stat");
            OptionalLong total = kernel.findSymbol("_totalram_pages");
            if (counters.isEmpty() || total.isEmpty()) {
                return Optional.empty();
            }
            long free = kernel.memory().u64(counters.getAsLong() + Long.BYTES * kernel.enumerator("NR_FREE_PAGES"));
            long all = kernel.memory().u64(total.getAsLong());
            return all <= 0 || free < 0 || free > all ? Optional.empty() : Optional.of((double) free / all);
        }
    }
}
