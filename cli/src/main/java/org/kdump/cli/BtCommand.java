package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.kdump.kernel.Json;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.unwind.BacktraceJson;
import org.kdump.kernel.unwind.BacktraceText;
import org.kdump.kernel.unwind.RunningTasks.RunningTask;
import org.kdump.kernel.unwind.TaskStack;
import org.kdump.kernel.unwind.TaskStacks;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.format.VmcoreFile;

/// `kdump bt`: the stacks of tasks.
final class BtCommand extends Verb {
    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> words = optionalArguments(
            String.class,
            "PID|TASK",
            "Process ids, and addresses of task_struct (hexadecimal). Default: the task that crashed the machine.");

    private final Supplier<Boolean> active = flag("-a", "The tasks that ran, one a CPU.");

    private final Supplier<Boolean> every = flag("-A --all-tasks", "All tasks, as foreach bt.");

    private final Supplier<Boolean> panic = flag("-p", "The task that crashed the machine.");

    private final Supplier<Integer> cpu = option(Integer.class, "-c", "CPU", "The task that ran on a CPU.");

    private final Supplier<Boolean> offsets = flag("-s", "Print the offset of each address in its function.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON: an array of tasks with their frames.");

    BtCommand() {
        super(
                "bt",
                "Print the stacks of tasks, by the unwind tables (ORC) in the dump.",
                "",
                "No debuginfo is needed; functions that were inlined are not told apart without it.",
                "A frame that was not found by the tables but by frame pointer or search is marked (guess).");
    }

    @Override
    public Integer call() throws IOException {
        try (Vmcore vmcore = VmcoreFile.open(dump.get())) {
            TaskStacks stacks = DumpStacks.open(vmcore, problem -> err().println("kdump: " + problem));
            List<TaskStack> all = new ArrayList<>();
            for (Struct task : tasks(stacks)) {
                all.add(stacks.of(task));
            }
            print(all);
            return 0;
        }
    }

    private List<Struct> tasks(TaskStacks stacks) throws IOException {
        if (every.get()) {
            return stacks.tasks();
        }
        if (active.get()) {
            return stacks.running().all().stream().map(RunningTask::task).toList();
        }
        Optional<RunningTask> one = cpu.get() != null
                ? stacks.running().onCpu(cpu.get())
                : stacks.running().panicTask();
        return one.map(RunningTask::task).stream().toList();
    }

    private void print(List<TaskStack> stacks) {
        if (json.get()) {
            out().println(Json.of(stacks.stream().map(BacktraceJson::of).toList()));
        } else {
            BacktraceText text = new BacktraceText(offsets.get());
            String separator = "";
            for (TaskStack stack : stacks) {
                out().print(separator);
                out().println(BacktraceText.title(stack));
                text.lines(stack.backtrace()).forEach(out()::println);
                separator = "\n";
            }
        }
        out().flush();
    }
}
