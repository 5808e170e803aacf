package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.CpuList;
import org.kdump.kernel.task.Clocks;
import org.kdump.kernel.task.MemoryUse;
import org.kdump.kernel.task.ResourceLimit;
import org.kdump.kernel.task.Task;
import org.kdump.kernel.task.UserStrings;
import org.kdump.vmcore.paging.MemoryFault;

/// `kdump ps`: the tasks there were.
final class PsCommand extends Verb {
    private static final String HEAD = "      PID    PPID  CPU       TASK        ";
    private static final String STACK_HEAD = "      PID    PPID  CPU     KSTACKP       ";

    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> words = optionalArguments(
            String.class, "PID|TASK|COMM", "Process ids, addresses of task_struct (hexadecimal), names. Default: all.");

    private final Supplier<Boolean> kernelOnly = flag("-k", "Kernel threads only.");

    private final Supplier<Boolean> userOnly = flag("-u", "User tasks only.");

    private final Supplier<Boolean> leadersOnly = flag("-G", "The first thread of each process only.");

    private final Supplier<Boolean> activeOnly = flag("-A", "Tasks only that ran on a CPU.");

    private final Supplier<Boolean> withoutIdle = flag("-I", "All but the idle tasks.");

    private final Supplier<String> policies = option(
            String.class, "-y", "POLICY,...", "Tasks only of these scheduling policies, by number or name: 0,FIFO,RR.");

    private final Supplier<Boolean> showPolicy = flag("-Y", "The scheduling policy and priority of each.");

    private final Supplier<Boolean> stackPointer = flag("-s", "The kernel stack's pointer instead of the task_struct.");

    private final Supplier<Boolean> withoutHead = flag("-H", "Leave out the line over the table.");

    private final Supplier<String> cpus =
            option(String.class, "-C", "CPUS", "With -l or -m: by CPU, of these: 3, or 1,8,9-14, or all.");

    private final Supplier<Boolean> summary = flag("-S", "How many tasks there are of each state.");

    private final Supplier<Boolean> parents = flag("-p", "Each task below its parents.");

    private final Supplier<Boolean> children = flag("-c", "Each task with its children.");

    private final Supplier<Boolean> threads = flag("-g", "Each process with its threads.");

    private final Supplier<Boolean> times = flag("-t", "Run time, start time, and time in user mode and kernel.");

    private final Supplier<Boolean> lastRun = flag("-l", "By when they last got a CPU, in nanoseconds, latest first.");

    private final Supplier<Boolean> sinceRun = flag("-m", "As -l, but how long ago that is.");

    private final Supplier<Boolean> arguments = flag("-a", "Arguments and environment of user tasks.");

    private final Supplier<Boolean> limits = flag("-r", "Resource limits.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON: an array of tasks.");

    private final Foreach foreach = new Foreach(this);

    private Kernel kernel;
    private Clocks clocks;
    private double percentPerPage;

    PsCommand() {
        super(
                "ps",
                "List the tasks that there were; '>' marks those that ran on a CPU, '[]' threads of the kernel.",
                "",
                "States: RU running, IN interruptible, UN uninterruptible, ID idle, ST stopped, TR traced, PA parked,"
                        + " NE new, ZO zombie, DE dead. VSZ and RSS are in KiB.",
                "Exit status: 0, or 1 if there is no such task.");
    }

    @Override
    public Integer call() throws IOException {
        try (Kernel opened = open(dump.get())) {
            kernel = opened;
            List<Task> chosen = chosen();
            if (json.get()) {
                List<Object> all = new ArrayList<>();
                forEach(chosen, task -> all.add(fields(task)));
                out().println(Json.of(all));
            } else {
                print(chosen);
            }
            out().flush();
            return chosen.isEmpty() ? Main.FAILED : 0;
        }
    }

    /// What is done with a task, as far as it is in the dump.
    @FunctionalInterface
    private interface Step {
        void accept(Task task) throws IOException;
    }

    private void forEach(List<Task> tasks, Step step) throws IOException {
        for (Task task : tasks) {
            try {
                step.accept(task);
            } catch (MemoryFault e) {
                kernel.problems()
                        .accept("the task at " + Json.address(task.structure().address()) + ": " + e.getMessage());
            }
        }
    }

    private List<Task> chosen() throws IOException {
        List<Task> chosen = new ArrayList<>();
        NamedTasks named = new NamedTasks(kernel);
        forEach(foreach.isAsked() ? foreach.tasks(kernel) : kernel.tasks(), task -> {
            boolean wanted = (words.get().isEmpty() || named.isAny(task, words.get()))
                    && (!kernelOnly.get() || task.isKernelThread())
                    && (!userOnly.get() || task.memory().isPresent())
                    && (!leadersOnly.get() || task.isLeader())
                    && (!activeOnly.get() || kernel.isRunning(task))
                    && (!withoutIdle.get() || task.pid() != 0)
                    && (policies.get() == null || SchedulingPolicy.isIn(this, policies.get(), task.policy()));
            if (wanted) {
                chosen.add(task);
            }
        });
        return chosen;
    }

    private void print(List<Task> chosen) throws IOException {
        if (summary.get()) {
            summarize(chosen);
        } else if (lastRun.get() || sinceRun.get()) {
            printByLastRun(chosen);
        } else if (parents.get()) {
            forEach(chosen, this::printParents);
        } else if (children.get()) {
            forEach(chosen, this::printChildren);
        } else if (threads.get()) {
            forEach(chosen, this::printThreads);
        } else if (times.get()) {
            forEach(chosen, this::printTimes);
        } else if (arguments.get()) {
            forEach(chosen, this::printArguments);
        } else if (limits.get()) {
            forEach(chosen, this::printLimits);
        } else {
            if (!withoutHead.get()) {
                out().println((stackPointer.get() ? STACK_HEAD : HEAD)
                        + (showPolicy.get() ? " POLICY       PRIO  COMM" : "ST  %MEM      VSZ      RSS  COMM"));
            }
            forEach(chosen, showPolicy.get() ? this::printPolicy : this::printRow);
        }
    }

    /// The columns that all rows begin with.
    private String beginning(Task task) throws IOException {
        return "%s %7d %7d %3d  %016x  "
                .formatted(
                        kernel.isRunning(task) ? ">" : " ",
                        task.pid(),
                        task.parent().pid(),
                        task.cpu(),
                        stackPointer.get()
                                ? task.stackPointer()
                                : task.structure().address());
    }

    private static String comm(Task task) throws IOException {
        return task.isKernelThread() ? "[" + task.name() + "]" : task.name();
    }

    private void printPolicy(Task task) throws IOException {
        out().println(beginning(task)
                + "%-12s %4d  %s".formatted(SchedulingPolicy.name(task.policy()), task.priority(), comm(task)));
    }

    private void printRow(Task task) throws IOException {
        MemoryUse use = kernel.memoryUse(task);
        long kibibytes = kernel.vmcore().pageSize() / 1024;
        out().println(beginning(task)
                + String.format(
                        Locale.ROOT,
                        "%s %5.1f %8d %8d  %s",
                        task.state(),
                        percent(use),
                        use.virtualPages() * kibibytes,
                        use.residentPages() * kibibytes,
                        comm(task)));
    }

    /// Of the memory that the kernel gives out, as `ps` on the machine itself; crash takes all that the
    /// firmware told.
    private double percent(MemoryUse use) throws IOException {
        OptionalLong total = kernel.types().findSymbol("_totalram_pages");
        if (percentPerPage == 0 && total.isPresent()) {
            percentPerPage = 100.0 / Math.max(1, kernel.memory().word(total.getAsLong()));
        }
        return use.residentPages() * percentPerPage;
    }

    private void summarize(List<Task> chosen) throws IOException {
        Map<String, Integer> counts = new LinkedHashMap<>();
        forEach(chosen, task -> counts.merge(task.state(), 1, Integer::sum));
        counts.forEach((state, count) -> out().println("  " + state + ": " + count));
    }

    private Clocks clocks() throws IOException {
        if (clocks == null) {
            clocks = Clocks.of(kernel.types(), kernel.perCpu());
        }
        return clocks;
    }

    private void printByLastRun(List<Task> chosen) throws IOException {
        Map<Task, Long> runs = new LinkedHashMap<>();
        forEach(chosen, task -> runs.put(task, task.lastRun()));
        if (cpus.get() == null) {
            printByLastRun(runs, runs.keySet());
            return;
        }
        CpuList chosenCpus = cpuList("-C", cpus.get());
        Map<Integer, List<Task>> byCpu = new TreeMap<>();
        forEach(List.copyOf(runs.keySet()), task -> {
            if (chosenCpus.has(task.cpu())) {
                byCpu.computeIfAbsent(task.cpu(), cpu -> new ArrayList<>()).add(task);
            }
        });
        for (Map.Entry<Integer, List<Task>> each : byCpu.entrySet()) {
            out().println("CPU: " + each.getKey());
            printByLastRun(runs, each.getValue());
            out().println();
        }
    }

    private void printByLastRun(Map<Task, Long> runs, Collection<Task> tasks) throws IOException {
        List<Task> sorted = new ArrayList<>(tasks);
        sorted.sort(Comparator.comparing(runs::get).reversed());
        int width = tasks.stream()
                .mapToInt(task -> Long.toString(runs.get(task)).length())
                .max()
                .orElse(0);
        forEach(sorted, task -> {
            String when = sinceRun.get()
                    ? elapsed(clocks().since(task))
                    : "%%%dd".formatted(width).formatted(runs.get(task));
            out().println("[" + when + "] [" + task.state() + "]  " + task.title());
        });
    }

    /// Nanoseconds as crash prints them: days, hours, minutes, seconds with milliseconds.
    static String elapsed(long nanos) {
        long millis = nanos / 1_000_000;
        return "%d %02d:%02d:%02d.%03d"
                .formatted(
                        millis / 86_400_000,
                        millis / 3_600_000 % 24,
                        millis / 60_000 % 60,
                        millis / 1000 % 60,
                        millis % 1000);
    }

    private void printParents(Task task) throws IOException {
        List<Task> line = new ArrayList<>(List.of(task));
        while (line.getFirst().pid() != 0 && !line.subList(1, line.size()).contains(line.getFirst())) {
            line.addFirst(line.getFirst().leader().parent());
        }
        for (int depth = 0; depth < line.size(); depth++) {
            out().println(" ".repeat(depth) + line.get(depth).title());
        }
        out().println();
    }

    private void printChildren(Task task) throws IOException {
        out().println(task.title());
        int[] count = {0};
        forEach(kernel.tasks(), other -> {
            if (other.isLeader() && other.parent().equals(task) && !other.equals(task)) {
                out().println("  " + other.title());
                count[0]++;
            }
        });
        out().print(count[0] == 0 ? "  (no children)\n\n" : "\n");
    }

    private void printThreads(Task task) throws IOException {
        out().println(task.leader().title());
        List<Task> others = new ArrayList<>(kernel.threads(task));
        others.remove(task.leader());
        forEach(others, thread -> out().println("  " + thread.title()));
        out().print(others.isEmpty() ? "  (no threads)\n\n" : "\n");
    }

    private void printTimes(Task task) throws IOException {
        long seconds = (clocks().now() - task.startTime()) / 1_000_000_000;
        out().println(task.title());
        out().printf("    RUN TIME: %s%n", duration(seconds));
        out().printf("  START TIME: %d%n", task.startTime());
        out().printf("       UTIME: %d%n", task.userTime());
        out().printf("       STIME: %d%n%n", task.systemTime());
    }

    private static String duration(long seconds) {
        return (seconds >= 86_400 ? seconds / 86_400 + " days, " : "")
                + "%02d:%02d:%02d".formatted(seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    }

    private void printArguments(Task task) throws IOException {
        out().println(task.title());
        if (task.memory().isEmpty()) {
            out().println("(no user memory)\n");
            return;
        }
        out().println("ARG: " + String.join(" ", UserStrings.arguments(task)));
        out().println("ENV: " + String.join("\n     ", UserStrings.environment(task)) + "\n");
    }

    private void printLimits(Task task) throws IOException {
        out().println(task.title());
        out().println("      RLIMIT     CURRENT       MAXIMUM");
        for (ResourceLimit limit : ResourceLimit.of(task)) {
            out().printf("%12s  %12s  %12s%n", limit.name(), limit.currentText(), limit.maximumText());
        }
        out().println();
    }

    /// `address`, `pid`, `tgid`, `ppid`, `cpu`, `state`, `running`, `kernel`, `comm`, `memory_percent`,
    /// `virtual_kib`,
    /// `resident_kib`; with -t, -l or -m times in nanoseconds: `start_time`, `user_time`, `system_time`,
    /// `last_run`, `since_last_run`; with -a `arguments`, `environment`; with -r `limits`: by name the
    /// current and the greatest one; with -Y `policy`, `priority`; with -s `stack_pointer`.
    private Map<String, Object> fields(Task task) throws IOException {
        MemoryUse use = kernel.memoryUse(task);
        long kibibytes = kernel.vmcore().pageSize() / 1024;
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("address", Json.address(task.structure().address()));
        fields.put("pid", task.pid());
        fields.put("tgid", task.processId());
        fields.put("ppid", task.parent().pid());
        fields.put("cpu", task.cpu());
        fields.put("state", task.state());
        fields.put("running", kernel.isRunning(task));
        fields.put("kernel", task.isKernelThread());
        fields.put("comm", task.name());
        fields.put("memory_percent", Math.round(percent(use) * 10) / 10.0);
        fields.put("virtual_kib", use.virtualPages() * kibibytes);
        fields.put("resident_kib", use.residentPages() * kibibytes);
        if (times.get() || lastRun.get() || sinceRun.get()) {
            fields.put("start_time", task.startTime());
            fields.put("user_time", task.userTime());
            fields.put("system_time", task.systemTime());
            fields.put("last_run", task.lastRun());
            fields.put("since_last_run", clocks().since(task));
        }
        if (showPolicy.get()) {
            fields.put("policy", SchedulingPolicy.name(task.policy()));
            fields.put("priority", task.priority());
        }
        if (stackPointer.get()) {
            fields.put("stack_pointer", Json.address(task.stackPointer()));
        }
        if (arguments.get()) {
            fields.put("arguments", UserStrings.arguments(task));
            fields.put("environment", UserStrings.environment(task));
        }
        if (limits.get()) {
            Map<String, Object> all = new LinkedHashMap<>();
            for (ResourceLimit limit : ResourceLimit.of(task)) {
                all.put(limit.name(), List.of(limit.currentText(), limit.maximumText()));
            }
            fields.put("limits", all);
        }
        return fields;
    }
}
