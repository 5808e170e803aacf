package org.kdump.cli;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.Value;
import org.kdump.kernel.object.ValueJson;
import org.kdump.kernel.object.ValueReader;
import org.kdump.kernel.object.ValueText;
import org.kdump.kernel.task.Task;

/// `kdump task`: what the kernel has of a task, its `struct task_struct`.
final class TaskCommand extends TaskVerb {
    private final Supplier<String> members =
            option(String.class, "-R", "MEMBER,...", "Print these members only: pid,comm,se.vruntime");

    private final Supplier<Boolean> hexadecimal = flag("-x", "Print integers in hexadecimal.");

    private final Supplier<Boolean> decimal = flag("-d", "Print integers in decimal; so unless told.");

    TaskCommand() {
        super("task", "Print tasks' task_struct and thread_info.");
    }

    @Override
    void print(Kernel kernel, Task task) throws IOException {
        SymbolText symbols = SymbolText.of(kernel);
        boolean hex = hexadecimal.get() && !decimal.get();
        if (members.get() == null) {
            out().println("struct task_struct " + ValueText.of(value(task.structure()), hex, 0, symbols));
            // Within the task_struct since Linux 4.9, where architectures have it so (CONFIG_THREAD_INFO_IN_TASK).
            out().println("\nstruct thread_info " + ValueText.of(value(info(task)), hex, 0, symbols));
            return;
        }
        for (String path : members.get().split(",")) {
            Value value = value(task, path);
            out().println("  " + path + " = " + ValueText.of(value, hex, 1, symbols) + ",");
        }
    }

    private static Struct info(Task task) {
        return task.structure().inner("thread_info");
    }

    /// Of the task_struct, or else of the thread_info.
    private static Value value(Task task, String path) throws IOException {
        Struct owner = task.structure().type().has(path) ? task.structure() : info(task);
        return ValueReader.read(
                owner.type().has(path)
                        ? owner.type().member(path)
                        : task.structure().type().member(path),
                owner.address());
    }

    /// `value`: the struct's members, as `struct --json` has them; with -R those by their paths.
    @Override
    void describe(Kernel kernel, Task task, Map<String, Object> fields) throws IOException {
        if (members.get() == null) {
            fields.put("value", ValueJson.of(value(task.structure())));
            return;
        }
        Map<String, Object> chosen = new LinkedHashMap<>();
        for (String path : members.get().split(",")) {
            chosen.put(path, ValueJson.of(value(task, path)));
        }
        fields.put("value", chosen);
    }

    private static Value value(Struct struct) throws IOException {
        return ValueReader.read(struct.type().memory(), struct.type().id(), struct.address());
    }
}
