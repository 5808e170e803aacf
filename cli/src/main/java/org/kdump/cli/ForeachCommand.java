package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.kdump.kernel.object.Struct;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.format.VmcoreFile;

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
        try (Vmcore vmcore = VmcoreFile.open(Path.of(words.get().getLast()))) {
            DumpStacks stacks = DumpStacks.open(vmcore, problem -> err().println("kdump: " + problem));
            List<Struct> tasks = new ArrayList<>();
            for (Struct task : stacks.tasks()) {
                if (kinds.isEmpty() || stacks.isAny(task, kinds)) {
                    tasks.add(task);
                }
            }
            options.print(stacks.stacks(), tasks, out(), err());
            return tasks.isEmpty() ? Main.FAILED : 0;
        }
    }
}
