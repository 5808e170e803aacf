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
import org.kdump.vmcore.paging.MemoryFault;

/// A verb that answers for tasks, one after the other: those that are named, or the one that crashed the
/// machine.
abstract class TaskVerb extends Verb {
    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> words = optionalArguments(
            String.class,
            "PID|TASK|COMM",
            "Process ids, addresses of task_struct, names. Default: the task that crashed the machine.");

    private final Foreach foreach = new Foreach(this);

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON: an array of tasks.");

    TaskVerb(String name, String description, String... footer) {
        super(name, description, footer);
    }

    /// Prints the answer for a task, below its title.
    ///
    /// @throws IOException if it cannot be had
    abstract void print(Kernel kernel, Task task) throws IOException;

    /// Puts the answer for a task into a JSON object that has its `address`, `pid` and `comm`.
    ///
    /// @throws IOException if it cannot be had
    abstract void describe(Kernel kernel, Task task, Map<String, Object> fields) throws IOException;

    /// Whether this time something is asked that has to do with no task.
    boolean isOfNoTask() {
        return false;
    }

    /// Answers that.
    ///
    /// @return the exit status
    /// @throws IOException if it cannot be had
    int answer(Kernel kernel, boolean asJson) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Whether what there is of a task is to be told: one that has nothing of what is looked for is passed
    /// over.
    ///
    /// @throws IOException if it cannot be had
    boolean isWanted(Kernel kernel, Task task) throws IOException {
        return true;
    }

    @Override
    public final Integer call() throws IOException {
        try (Kernel kernel = open(dump.get())) {
            List<String> unknown = new ArrayList<>();
            if (isOfNoTask()) {
                return answer(kernel, json.get());
            }
            List<Task> chosen =
                    foreach.isAsked() ? foreach.tasks(kernel) : new NamedTasks(kernel).orPanic(words.get(), unknown);
            boolean whole = json.get() ? describe(kernel, chosen) : print(kernel, chosen);
            out().flush();
            unknown.forEach(word -> err().println("kdump: " + word + ": there is no such task"));
            return whole && unknown.isEmpty() && !chosen.isEmpty() ? 0 : Main.FAILED;
        }
    }

    private boolean print(Kernel kernel, List<Task> chosen) throws IOException {
        boolean whole = true;
        String blank = "";
        for (Task task : chosen) {
            try {
                if (isWanted(kernel, task)) {
                    out().print(blank);
                    blank = System.lineSeparator();
                    out().println(task.title());
                    print(kernel, task);
                }
            } catch (MemoryFault e) {
                kernel.problems().accept(e.getMessage());
                whole = false;
            }
        }
        return whole;
    }

    private boolean describe(Kernel kernel, List<Task> chosen) throws IOException {
        boolean whole = true;
        List<Object> all = new ArrayList<>();
        for (Task task : chosen) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("address", Json.address(task.structure().address()));
            try {
                if (!isWanted(kernel, task)) {
                    continue;
                }
                fields.put("pid", task.pid());
                fields.put("comm", task.name());
                describe(kernel, task, fields);
            } catch (MemoryFault e) {
                fields.put("problem", e.getMessage());
                whole = false;
            }
            all.add(fields);
        }
        out().println(Json.of(all));
        return whole;
    }
}
