package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.task.Task;

/// `kdump set`: which task it is about.
final class SetCommand extends Verb {
    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> words = optionalArguments(
            String.class, "PID|TASK", "Process ids, and addresses of task_struct. Default: what crashed the machine.");

    private final Supplier<Integer> cpu = option(Integer.class, "-c", "CPU", "The task that ran on this CPU.");

    private final Supplier<Boolean> panic = flag("-p", "The task that crashed the machine; so unless told.");

    private final Foreach foreach = new Foreach(this);

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON: an array of tasks.");

    SetCommand() {
        super(
                "set",
                "Say which task crashed the machine, or what a pid or a task_struct stands for.",
                "",
                "crash keeps that task for later commands; here each command names its own. Nor are there variables of a"
                        + " session (-v).",
                "Exit status: 0, or 1 if a task is not there.");
    }

    @Override
    public Integer call() throws IOException {
        try (Kernel kernel = open(dump.get())) {
            List<String> unknown = new ArrayList<>();
            List<Object> all = new ArrayList<>();
            for (Task task : chosen(kernel, unknown)) {
                all.add(fields(kernel, task));
            }
            if (json.get()) {
                out().println(Json.of(all));
            } else {
                all.forEach(each -> print((Map<?, ?>) each));
            }
            out().flush();
            unknown.forEach(word -> err().println("kdump: " + word + ": there is no such task"));
            return unknown.isEmpty() && !all.isEmpty() ? 0 : Main.FAILED;
        }
    }

    private List<Task> chosen(Kernel kernel, List<String> unknown) throws IOException {
        if (foreach.isAsked()) {
            return foreach.tasks(kernel);
        } else if (cpu.get() != null) {
            return List.of(new Task(kernel.stacks()
                    .running()
                    .onCpu(cpu.get())
                    .orElseThrow(() -> new IOException("CPU " + cpu.get() + " ran no task: it was not online"))
                    .task()));
        }
        return new NamedTasks(kernel).orPanic(panic.get() ? List.of() : words.get(), unknown);
    }

    /// `pid`, `comm`, `address`, `cpu`, `state`, `running`, `panic`.
    private static Map<String, Object> fields(Kernel kernel, Task task) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("pid", task.pid());
        fields.put("comm", task.name());
        fields.put("address", Json.address(task.structure().address()));
        fields.put("cpu", task.cpu());
        fields.put("state", task.state());
        fields.put("running", kernel.isRunning(task));
        fields.put(
                "panic",
                kernel.stacks()
                        .running()
                        .panicTask()
                        .filter(each -> each.task().equals(task.structure()))
                        .isPresent());
        return fields;
    }

    private void print(Map<?, ?> fields) {
        out().printf("    PID: %s%n", fields.get("pid"));
        out().printf("COMMAND: \"%s\"%n", fields.get("comm"));
        out().printf("   TASK: %s%n", fields.get("address").toString().substring(2));
        out().printf("    CPU: %s%n", fields.get("cpu"));
        boolean panic = fields.get("panic").equals(true);
        String running = panic ? " (PANIC)" : fields.get("running").equals(true) ? " (ACTIVE)" : "";
        out().printf("  STATE: %s%s%n", fields.get("state"), running);
    }
}
