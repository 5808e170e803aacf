package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.task.Task;

/// `kdump foreach bt`: the stacks of all tasks, or of those of a kind.
final class ForeachCommand extends Verb {
    private final Supplier<List<String>> words = arguments(
            String.class,
            "[TASKS...] bt DUMP",
            "Which tasks: pids, addresses of task_struct, names, kernel, user, gleader, active, or states"
                    + " (RU IN UN ID ST TR PA NE ZO DE); all unless told. Then bt, then a dump of any format.");

    private final StackOptions options = new StackOptions(this);

    ForeachCommand() {
        super("foreach", "Print the stacks of all tasks.", "", "'bt --help' tells of stacks.");
    }

    @Override
    public Integer call() throws IOException {
        int verb = words.get().indexOf("bt");
        if (verb < 0 || verb != words.get().size() - 2) {
            throw misuse("foreach wants 'bt' and a dump: kdump foreach [TASKS...] bt DUMP");
        }
        List<String> kinds = words.get().subList(0, verb);
        try (Kernel kernel = open(Path.of(words.get().getLast()))) {
            NamedTasks named = new NamedTasks(kernel);
            List<Struct> tasks = new ArrayList<>();
            for (Task task : kernel.tasks()) {
                if (kinds.isEmpty() || named.isAny(task, kinds)) {
                    tasks.add(task.structure());
                }
            }
            options.print(kernel.stacks(), tasks, out(), err());
            return tasks.isEmpty() ? Main.FAILED : 0;
        }
    }
}
