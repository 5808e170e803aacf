package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.kernel.Expression;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.ValueJson;
import org.kdump.kernel.object.ValueText;

/// `kdump p`: the value of an expression.
final class PCommand extends Verb {
    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> words = arguments(
            String.class, "EXPRESSION", "[(TYPE [*])] SYMBOL|ADDRESS [.MEMBER|->MEMBER|[INDEX]]... [:CPU|:a]");

    private final Supplier<Boolean> hexadecimal = flag("-x", "Print integers in hexadecimal.");

    private final Supplier<Boolean> decimal = flag("-d", "Print integers in decimal; so unless told.");

    private final Supplier<Boolean> user =
            flag("-u", "ADDRESS is of the task that crashed the machine, as are the pointers in what is there.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON: an object of names and values.");

    PCommand() {
        super(
                "p",
                "Print the value of an expression over the kernel's variables.",
                "",
                "Examples: p jiffies_64; p '(struct task_struct)init_task.comm'; p runqueues:0;",
                "p '(struct task_struct *)ffff8df8811fc180->signal->nr_threads'",
                "A kernel's BTF has the types of its per-CPU variables only: of others a cast tells it, and without one"
                        + " a word is read.");
    }

    @Override
    public Integer call() throws IOException {
        try (Kernel kernel = open(dump.get())) {
            SymbolText symbols = SymbolText.of(kernel);
            Map<String, Object> all = new LinkedHashMap<>();
            for (Expression.Answer answer : answers(kernel)) {
                all.put(answer.name(), ValueJson.of(answer.value()));
                if (!json.get()) {
                    boolean hex = hexadecimal.get() && !decimal.get();
                    out().println(answer.name() + " = " + ValueText.of(answer.value(), hex, 0, symbols));
                }
            }
            if (json.get()) {
                out().println(Json.of(all));
            }
            out().flush();
            return 0;
        }
    }

    private List<Expression.Answer> answers(Kernel kernel) throws IOException {
        Expression expression = Expression.of(String.join(" ", words.get()));
        return user.get()
                ? List.of(expression.in(kernel, new NamedTasks(kernel).userMemory(kernel.types())))
                : expression.in(kernel);
    }
}
