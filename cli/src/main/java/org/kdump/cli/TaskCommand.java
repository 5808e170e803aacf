package org.kdump.cli;

import java.io.IOException;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.object.Member;
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

    TaskCommand() {
        super("task", "Print tasks' task_struct.");
    }

    @Override
    void print(Kernel kernel, Task task) throws IOException {
        SymbolText symbols = SymbolText.of(kernel);
        if (members.get() == null) {
            out().println("struct task_struct " + ValueText.of(value(task.structure()), hexadecimal.get(), 0, symbols));
            return;
        }
        for (String path : members.get().split(",")) {
            Member member = task.structure().type().member(path);
            Value value = ValueReader.read(member, task.structure().address());
            out().println("  " + path + " = " + ValueText.of(value, hexadecimal.get(), 1, symbols) + ",");
        }
    }

    /// `value`: the struct, as `struct --json` has it.
    @Override
    void describe(Kernel kernel, Task task, Map<String, Object> fields) throws IOException {
        fields.put("value", ValueJson.of(value(task.structure())));
    }

    private static Value value(Struct struct) throws IOException {
        return ValueReader.read(struct.type().memory(), struct.type().id(), struct.address());
    }
}
