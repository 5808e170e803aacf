package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.schedule.RunQueue;
import org.kdump.kernel.task.Task;

/// `kdump runq`: the tasks that CPUs were to run.
final class RunqCommand extends TableVerb {
    private final Supplier<Integer> onlyCpu = option(Integer.class, "-c", "CPU", "Of this CPU only.");

    private final Supplier<Boolean> times = flag("-t", "Each CPU's clock, and when its task got it, in nanoseconds.");

    RunqCommand() {
        super("runq", "List the tasks that each CPU ran and was to run.");
    }

    /// `cpu`, `rq`, `queue` (`current`, `rt`, `cfs`), `priority`, `pid`, `task`, `comm`; `clock` and
    /// `last_run` with -t.
    @Override
    List<Map<String, Object>> rows(Kernel kernel) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (RunQueue queue : kernel.told(RunQueue.all(kernel.types(), kernel.perCpu()))) {
            if (onlyCpu.get() == null || onlyCpu.get() == queue.cpu()) {
                add(rows, queue, "current", queue.current().stream().toList());
                add(rows, queue, "rt", times.get() ? List.of() : queue.realTime());
                add(rows, queue, "cfs", times.get() ? List.of() : queue.fair());
            }
        }
        return rows;
    }

    private void add(List<Map<String, Object>> rows, RunQueue queue, String kind, List<Task> tasks) throws IOException {
        for (Task task : tasks) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("cpu", queue.cpu());
            row.put("rq", Json.address(queue.structure().address()));
            row.put("queue", kind);
            row.put("priority", task.structure().number("prio"));
            row.put("pid", task.pid());
            row.put("task", Json.address(task.structure().address()));
            row.put("comm", task.name());
            if (times.get()) {
                row.put("clock", queue.structure().number("clock"));
                row.put("last_run", task.lastRun());
            }
            rows.add(row);
        }
    }
}
