package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.CpuList;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.task.Task;
import org.kdump.kernel.unwind.RunningTasks.RunningTask;
import org.kdump.kernel.unwind.StackContents;

/// `kdump bt`: the stacks of tasks.
final class BtCommand extends Verb {
    /// `STACK_END_MAGIC` (include/uapi/linux/magic.h), the last word of a stack.
    private static final long STACK_END = 0x57ac6e9d;

    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> words = optionalArguments(
            String.class,
            "PID|TASK",
            "Process ids, and addresses of task_struct (hexadecimal). Default: the task that crashed the machine.");

    private final Supplier<Boolean> active = flag("-a", "The tasks that ran, one a CPU.");

    private final Supplier<String> cpus =
            option(String.class, "-c", "CPUS", "The tasks that ran on these CPUs: 3, or 1,8,9-14, or all.");

    private final Supplier<Boolean> panic = flag("-p", "The task that crashed the machine.");

    private final Supplier<Boolean> threads = flag("-g", "All threads of the process, the first one first.");

    private final Supplier<String> without =
            option(String.class, "-n", "idle", "With -a or -c: leave out the idle tasks.");

    private final Supplier<Boolean> verify = flag("-v", "Whether each task's stack still has its end mark.");

    private final Supplier<Boolean> cpuFrames =
            flag("-E", "The exception frames on the CPUs' own stacks, which tasks share.");

    private final StackOptions options = new StackOptions(this);

    private final Foreach foreach = new Foreach(this);

    BtCommand() {
        super(
                "bt",
                "Print the stacks of tasks, by the unwind tables (ORC) in the dump. 'foreach bt' prints all.",
                "",
                "No debuginfo is needed; without it, inlined functions cannot be told apart.",
                "A frame that was found by frame pointer or by a search of the stack is marked (guess).",
                "Exit status: 0, or 1 if a task is not there.");
    }

    @Override
    public Integer call() throws IOException {
        if (without.get() != null && !without.get().equals("idle")) {
            throw misuse("-n leaves out 'idle' tasks only, not '" + without.get() + "'");
        }
        try (Kernel kernel = open(dump.get())) {
            if (verify.get()) {
                return verify(kernel);
            } else if (cpuFrames.get()) {
                return options.printCpus(kernel, cpuList("-c", cpus.get()), out());
            }
            Set<Struct> tasks = new LinkedHashSet<>();
            List<String> unknown = new ArrayList<>();
            for (Task task : chosen(kernel, unknown)) {
                for (Task thread : threads.get() ? kernel.threads(task) : List.of(task)) {
                    tasks.add(thread.structure());
                }
            }
            options.print(kernel, List.copyOf(tasks), out(), err());
            unknown.forEach(word -> err().println("kdump: " + word + ": there is no such task"));
            return unknown.isEmpty() && !(foreach.isAsked() && tasks.isEmpty()) ? 0 : Main.FAILED;
        }
    }

    /// Each task whose stack has lost the mark at its end: `address`, `pid`, `comm`, `stack`, `mark` (null if
    /// it is not in the dump).
    private int verify(Kernel kernel) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Task task : kernel.tasks()) {
            StackContents stack = kernel.stacks().unwinder().contents(task.structure());
            OptionalLong mark = stack.low() == 0 ? OptionalLong.of(STACK_END) : stack.word(stack.low());
            if (mark.isEmpty() || mark.getAsLong() != STACK_END) {
                rows.add(Table.row(
                        "address", Json.address(task.structure().address()),
                        "pid", task.pid(),
                        "comm", task.name(),
                        "stack", Json.address(stack.low()),
                        "mark", mark.isPresent() ? Json.address(mark.getAsLong()) : null));
            }
        }
        if (options.isJson()) {
            out().println(Json.of(rows));
        } else if (rows.isEmpty()) {
            out().println("No stack overflows detected");
        } else {
            Table.print(rows, out());
        }
        out().flush();
        return 0;
    }

    private List<Task> chosen(Kernel kernel, List<String> unknown) throws IOException {
        if (foreach.isAsked()) {
            return foreach.tasks(kernel);
        }
        List<RunningTask> running = kernel.stacks().running().all();
        if (cpus.get() != null || active.get()) {
            CpuList chosenCpus = cpuList("-c", active.get() ? null : cpus.get());
            List<Task> all = new ArrayList<>();
            for (RunningTask each : running) {
                boolean left = without.get() != null && new Task(each.task()).pid() == 0;
                if (!left && chosenCpus.has(each.cpu())) {
                    all.add(new Task(each.task()));
                }
            }
            return all;
        }
        return words.get().isEmpty() || panic.get()
                ? List.of(new NamedTasks(kernel).panic())
                : new NamedTasks(kernel).find(words.get(), unknown);
    }
}
