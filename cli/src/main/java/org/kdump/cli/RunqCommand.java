package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.CpuList;
import org.kdump.kernel.schedule.QueueEntry;
import org.kdump.kernel.schedule.RunQueue;
import org.kdump.kernel.task.Task;

/// `kdump runq`: the tasks that CPUs were to run.
final class RunqCommand extends TableVerb {
    private static final double NANOS = 1e9;

    private final Supplier<String> cpus = option(String.class, "-c", "CPUS", "Of these: 3, or 1,8,9-14, or all.");

    private final Supplier<Boolean> times = flag("-t", "Each CPU's clock, and when its task got it, in nanoseconds.");

    private final Supplier<Boolean> lag = flag("-T", "How far each CPU's clock is behind the latest, in seconds.");

    private final Supplier<Boolean> running = flag("-m", "How long each CPU's task has run.");

    private final Supplier<Boolean> groups = flag("-g", "By groups of tasks.");

    RunqCommand() {
        super(
                "runq",
                "List the tasks that each CPU ran and was to run.",
                "",
                "Groups are those of fair tasks. Real-time tasks have groups in kernels with CONFIG_RT_GROUP_SCHED alone,"
                        + " and are listed without -g.");
    }

    @Override
    List<Map<String, Object>> rows(Kernel kernel) throws IOException {
        CpuList chosen = cpuList("-c", cpus.get());
        List<RunQueue> all = kernel.told(RunQueue.all(kernel.types(), kernel.perCpu()));
        long latest = 0;
        for (RunQueue queue : all) {
            latest = Math.max(latest, queue.structure().number("clock"));
        }
        List<Map<String, Object>> rows = new ArrayList<>();
        for (RunQueue queue : all) {
            if (chosen.has(queue.cpu())) {
                add(kernel, queue, latest, rows);
            }
        }
        return rows;
    }

    private void add(Kernel kernel, RunQueue queue, long latest, List<Map<String, Object>> rows) throws IOException {
        if (lag.get()) {
            rows.add(lag(queue, latest));
        } else if (groups.get()) {
            addGroups(kernel, queue, rows);
        } else if (times.get() || running.get()) {
            addTime(queue, rows);
        } else {
            add(rows, queue, "current", queue.current().stream().toList());
            add(rows, queue, "rt", queue.realTime());
            add(rows, queue, "cfs", queue.fair());
        }
    }

    /// `cpu`, `rq`, `queue` (`current`, `rt`, `cfs`), `priority`, `pid`, `task`, `comm`.
    private static void add(List<Map<String, Object>> rows, RunQueue queue, String kind, List<Task> tasks)
            throws IOException {
        for (Task task : tasks) {
            rows.add(Table.row(
                    "cpu", queue.cpu(),
                    "rq", Json.address(queue.structure().address()),
                    "queue", kind,
                    "priority", task.priority(),
                    "pid", task.pid(),
                    "task", Json.address(task.structure().address()),
                    "comm", task.name()));
        }
    }

    /// `cpu`, `clock` and `last_run` (nanoseconds; with -m instead of them `running`, as days, hours,
    /// minutes, seconds), `pid`, `task`, `comm`.
    private void addTime(RunQueue queue, List<Map<String, Object>> rows) throws IOException {
        if (queue.current().isEmpty()) {
            return;
        }
        Task task = queue.current().get();
        long clock = queue.structure().number("clock");
        Map<String, Object> row = Table.row("cpu", queue.cpu());
        if (running.get()) {
            row.put("running", PsCommand.elapsed(Math.max(0, clock - task.lastRun())));
        } else {
            row.put("clock", clock);
            row.put("last_run", task.lastRun());
        }
        row.put("pid", task.pid());
        row.put("task", Json.address(task.structure().address()));
        row.put("comm", task.name());
        rows.add(row);
    }

    /// `cpu`, `behind` (seconds).
    private static Map<String, Object> lag(RunQueue queue, long latest) throws IOException {
        double behind = (latest - queue.structure().number("clock")) / NANOS;
        return Table.row("cpu", queue.cpu(), "behind", Math.round(behind * 100) / 100.0);
    }

    /// `cpu`, `depth` (how many groups it is within), `task_group`, `cfs_rq` (addresses), `name` (of the
    /// group), `throttled`; of a task (else null) `priority`, `pid`, `task`, `comm`, and `current`.
    private static void addGroups(Kernel kernel, RunQueue queue, List<Map<String, Object>> rows) throws IOException {
        for (QueueEntry entry : kernel.told(QueueEntry.of(queue.structure()))) {
            Optional<Task> task = entry.task();
            rows.add(Table.row(
                    "cpu", queue.cpu(),
                    "depth", entry.depth(),
                    "task_group", entry.group() == 0 ? null : Json.address(entry.group()),
                    "cfs_rq", Json.address(entry.queue()),
                    "name", entry.name(),
                    "throttled", entry.throttled(),
                    "priority", task.isPresent() ? task.get().priority() : null,
                    "pid", task.isPresent() ? task.get().pid() : null,
                    "task",
                            task.isPresent()
                                    ? Json.address(task.get().structure().address())
                                    : null,
                    "comm", task.isPresent() ? task.get().name() : null,
                    "current", entry.current()));
        }
    }
}
