package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.task.Task;
import org.kdump.kernel.unwind.RunningTasks.RunningTask;

/// `kdump bt`: the stacks of tasks.
final class BtCommand extends Verb {
    private static final int MOST_CPUS = 1 << 16;

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

    private final StackOptions options = new StackOptions(this);

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
            Set<Struct> tasks = new LinkedHashSet<>();
            List<String> unknown = new ArrayList<>();
            for (Task task : chosen(kernel, unknown)) {
                for (Task thread : threads.get() ? kernel.threads(task) : List.of(task)) {
                    tasks.add(thread.structure());
                }
            }
            options.print(kernel.stacks(), List.copyOf(tasks), out(), err());
            unknown.forEach(word -> err().println("kdump: " + word + ": there is no such task"));
            return unknown.isEmpty() ? 0 : Main.FAILED;
        }
    }

    private List<Task> chosen(Kernel kernel, List<String> unknown) throws IOException {
        List<RunningTask> running = kernel.stacks().running().all();
        if (cpus.get() != null || active.get()) {
            List<Task> all = new ArrayList<>();
            for (RunningTask each : running) {
                boolean left = without.get() != null && new Task(each.task()).pid() == 0;
                if (!left && (active.get() || names(cpus.get(), each.cpu()))) {
                    all.add(new Task(each.task()));
                }
            }
            return all;
        }
        return words.get().isEmpty() || panic.get()
                ? List.of(new NamedTasks(kernel).panic())
                : new NamedTasks(kernel).find(words.get(), unknown);
    }

    /// Whether a list such as `1,8,9-14` names a CPU.
    private boolean names(String list, int cpu) {
        if (list.equals("all") || list.equals("a")) {
            return true;
        }
        boolean named = false;
        for (String part : list.split(",", -1)) {
            String[] range = part.split("-", 2);
            int first = number(range[0]);
            named |= cpu >= first && cpu <= (range.length == 1 ? first : number(range[1]));
        }
        return named;
    }

    private int number(String text) {
        try {
            int number = Integer.parseInt(text);
            if (number >= 0 && number < MOST_CPUS) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // Told below, as a number out of range is.
        }
        throw misuse("'" + text + "' is no CPU: -c takes 3, or 1,8,9-14, or all");
    }
}
