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
    private static final List<String> OTHERS = List.of("files", "net", "ps", "set", "task", "vm");

    private final Supplier<List<String>> words = arguments(
            String.class,
            "[TASKS...] VERB DUMP",
            "Which tasks: pids, addresses of task_struct, names, kernel, user, gleader, active, or states"
                    + " (RU IN UN ID ST TR PA NE ZO DE); all unless told. Then bt, files, net, ps, set, task or vm; then a"
                    + " dump of any format.");

    private final StackOptions options = new StackOptions(this);

    ForeachCommand() {
        super(
                "foreach",
                "Print the stacks of all tasks, or what another verb says of each.",
                "",
                "'bt --help' tells of stacks.");
    }

    @Override
    public Integer call() throws IOException {
        int verb = words.get().size() - 2;
        String named = verb < 0 ? "" : words.get().get(verb);
        if (OTHERS.contains(named)) {
            return other(named, words.get().subList(0, verb), words.get().getLast());
        }
        if (!named.equals("bt")) {
            throw misuse("foreach wants 'bt' and a dump: kdump foreach [TASKS...] bt DUMP; or one of " + OTHERS);
        }
        List<String> kinds = words.get().subList(0, verb);
        try (Kernel kernel = open(Path.of(words.get().getLast()))) {
            NamedTasks all = new NamedTasks(kernel);
            List<Struct> tasks = new ArrayList<>();
            for (Task task : kernel.tasks()) {
                if (kinds.isEmpty() || all.isAny(task, kinds)) {
                    tasks.add(task.structure());
                }
            }
            options.print(kernel.stacks(), tasks, out(), err());
            return tasks.isEmpty() ? Main.FAILED : 0;
        }
    }

    /// Another verb, of the same tasks, as if it had been called itself.
    private static int other(String verb, List<String> kinds, String dump) {
        List<String> arguments = new ArrayList<>(List.of(verb, dump));
        arguments.addAll(kinds);
        if (verb.equals("net")) {
            arguments.add("-s");
        } else if (kinds.isEmpty() && !verb.equals("ps")) {
            arguments.add("--all");
        }
        return Main.execute(arguments.toArray(String[]::new));
    }
}
