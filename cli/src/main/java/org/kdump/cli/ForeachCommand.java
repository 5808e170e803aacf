package org.kdump.cli;

import java.util.List;
import java.util.TreeSet;
import java.util.function.Supplier;

/// `kdump foreach`: what a verb says of each of many tasks. [Foreach] calls it; this one explains itself.
final class ForeachCommand extends Verb {
    private final Supplier<List<String>> words = arguments(
            String.class,
            "[TASKS...] VERB [OPTIONS...] DUMP",
            "Which tasks: pids, addresses of task_struct, names, 'REGEX' (in quotes of its own), kernel,"
                    + " user, gleader, active, or states (RU IN UN ID ST TR PA NE ZO DE); all unless told. Then bt, files, net,"
                    + " ps, set, task, vm or vtop with its options, and a dump of any format.");

    ForeachCommand() {
        super(
                "foreach",
                "Print the stacks of all tasks, or what another verb says of each.",
                "",
                "Each verb's --help tells of its options.",
                "Examples: foreach UN bt -f DUMP; foreach user files -R /var DUMP; foreach task -R utime,stime DUMP");
    }

    @Override
    public Integer call() {
        throw misuse(
                "'" + words.get().getFirst() + "' is no verb that it takes: kdump foreach [TASKS...] VERB DUMP, of "
                        + String.join(", ", new TreeSet<>(Foreach.VERBS)));
    }
}
