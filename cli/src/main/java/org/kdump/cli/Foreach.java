package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.task.Task;

/// The tasks that `foreach` gives a verb: `foreach UN bt -f DUMP` is `bt --foreach=UN -f DUMP`, where no kind
/// at all is an empty one.
final class Foreach {
    /// The verbs that it takes.
    static final Set<String> VERBS = Set.of("bt", "files", "net", "ps", "set", "task", "vm", "vtop");

    private static final String OPTION = "--foreach";

    private final Supplier<List<String>> kinds;

    /// Adds the option to a verb.
    Foreach(Verb verb) {
        kinds = verb.hiddenOptions(OPTION);
    }

    /// The command line that one with `foreach` stands for; empty if it names no verb, or asks for help.
    static Optional<String[]> meant(String... words) {
        if (words.length == 0 || !words[0].equals("foreach")) {
            return Optional.empty();
        }
        for (int i = 1; i < words.length && !words[i].equals("--help") && !words[i].equals("-h"); i++) {
            if (VERBS.contains(words[i])) {
                return Optional.of(meant(words, i));
            }
        }
        return Optional.empty();
    }

    private static String[] meant(String[] words, int verb) {
        List<String> all = new ArrayList<>(List.of(words[verb]));
        for (int i = 1; i < verb; i++) {
            // A name that is also a verb's has a backslash before it.
            all.add(OPTION + "=" + words[i].replaceFirst("^\\\\", ""));
        }
        if (verb == 1) {
            all.add(OPTION + "=");
        }
        all.addAll(List.of(words).subList(verb + 1, words.length));
        return all.toArray(String[]::new);
    }

    /// Whether the verb was called by `foreach`.
    boolean isAsked() {
        return !kinds.get().isEmpty();
    }

    /// The tasks that were chosen, in the kernel's order.
    List<Task> tasks(Kernel kernel) throws IOException {
        NamedTasks named = new NamedTasks(kernel);
        boolean all = kinds.get().contains("");
        List<Task> chosen = new ArrayList<>();
        for (Task task : kernel.tasks()) {
            if (all || named.isAny(task, kinds.get())) {
                chosen.add(task);
            }
        }
        return chosen;
    }
}
