package org.kdump.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.memory.SlabNames;
import org.kdump.kernel.object.CpuList;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.unwind.Backtrace;
import org.kdump.kernel.unwind.BacktraceJson;
import org.kdump.kernel.unwind.BacktraceText;
import org.kdump.kernel.unwind.BacktraceText.Offsets;
import org.kdump.kernel.unwind.CpuStack;
import org.kdump.kernel.unwind.ExceptionFrame;
import org.kdump.kernel.unwind.StackContents;
import org.kdump.kernel.unwind.StackFrame;
import org.kdump.kernel.unwind.StackGroup;
import org.kdump.kernel.unwind.StackText;
import org.kdump.kernel.unwind.TaskStack;
import org.kdump.kernel.unwind.TaskStacks;

/// How stacks are printed: the options that `bt` and `foreach bt` have in common.
final class StackOptions {
    private final Supplier<Boolean> offsets;
    private final Supplier<Boolean> hexadecimal;
    private final Supplier<Boolean> decimal;
    private final Supplier<Boolean> full;
    private final Supplier<boolean[]> symbolic;
    private final Supplier<Boolean> functions;
    private final Supplier<Boolean> old;
    private final Supplier<Boolean> exceptions;
    private final Supplier<String> instruction;
    private final Supplier<String> stackPointer;
    private final Supplier<Boolean> allFunctions;
    private final Supplier<Boolean> raw;
    private final Supplier<Boolean> lines;
    private final Supplier<String> reference;
    private final Supplier<Boolean> group;
    private final Supplier<Boolean> json;

    /// Adds the options to a verb.
    StackOptions(Verb verb) {
        offsets = verb.flag("-s", "Print the offset of each address in its function.");
        hexadecimal = verb.flag("-x", "Print offsets in hexadecimal.");
        decimal = verb.flag("-d", "Print offsets in decimal, as is the default.");
        full = verb.flag("-f", "Print what each frame has on the stack.");
        symbolic = verb.repeatedFlag(
                "-F",
                "As -f, with symbols and [slab caches] for the words that point to such; -FF with the words too.");
        functions = verb.flag("-t", "Print what points to functions from the first frame on, instead of frames.");
        allFunctions = verb.flag("-T", "Print what points to functions on all of the stack, instead of frames.");
        raw = verb.flag("-r", "Print all of the stack, instead of frames.");
        old = verb.flag("-o -O", "As -t: what may be return addresses, though they be stale.");
        exceptions = verb.flag("-e", "Print what looks like exception frames on the stack, instead of frames.");
        instruction = verb.option(String.class, "-I", "ADDRESS", "Start at this instruction; with -S.");
        stackPointer = verb.option(String.class, "-S", "ADDRESS", "Start at this place on the stack.");
        lines = verb.flag("-l", "Not possible: source lines are in no dump, they need debuginfo.");
        reference = verb.option(
                String.class, "-R", "SYMBOL|ADDRESS", "Print only stacks that have this function or address in them.");
        group = verb.flag("--group", "Print stacks that are the same once, with the tasks that have them.");
        json = verb.flag("--json", "Answer in JSON: an array of tasks with their frames.");
    }

    /// Prints stacks, each as soon as it is found if they need not be put together.
    void print(Kernel kernel, List<Struct> tasks, PrintWriter out, PrintWriter err) throws IOException {
        TaskStacks source = kernel.stacks();
        if (lines.get()) {
            err.println("kdump: -l: source lines are not in the dump, they need debuginfo; functions follow without");
        }
        List<TaskStack> grouped = new ArrayList<>();
        String separator = json.get() ? "[\n" : "";
        for (Struct task : tasks) {
            TaskStack stack = stack(kernel, task);
            if (!isWanted(stack.backtrace())) {
                continue;
            }
            if (group.get()) {
                grouped.add(stack);
            } else {
                out.print(separator + (json.get() ? Json.of(fields(source, stack)) : text(kernel, stack)));
                separator = json.get() ? ",\n" : "\n";
            }
        }
        for (StackGroup each : StackGroup.of(grouped)) {
            out.print(separator + (json.get() ? Json.of(BacktraceJson.of(each)) : text(each)));
            separator = json.get() ? ",\n" : "\n";
        }
        out.print(!json.get() ? "" : separator.equals("[\n") ? "[]\n" : "\n]\n");
        out.flush();
    }

    /// Whether JSON is wanted.
    boolean isJson() {
        return json.get();
    }

    private TaskStack stack(Kernel kernel, Struct task) throws IOException {
        TaskStack stack = kernel.stacks().of(task);
        if (instruction.get() == null && stackPointer.get() == null) {
            return stack;
        }
        Backtrace backtrace = kernel.stacks()
                .unwinder()
                .from(task, address(kernel, instruction.get()), address(kernel, stackPointer.get()));
        return new TaskStack(task, stack.pid(), stack.comm(), stack.cpu(), stack.state(), stack.running(), backtrace);
    }

    private static OptionalLong address(Kernel kernel, String word) throws IOException {
        return word == null ? OptionalLong.empty() : OptionalLong.of(kernel.address(word));
    }

    /// With -e a task has `exception_frames` too: each `address`, `user`, `function` and `offset` (null for
    /// user mode), `registers`.
    private Map<String, Object> fields(TaskStacks source, TaskStack stack) throws IOException {
        Map<String, Object> fields = BacktraceJson.of(stack);
        if (exceptions.get()) {
            fields.put(
                    "exception_frames",
                    found(source, stack).stream().map(BacktraceJson::of).toList());
        }
        return fields;
    }

    private static List<ExceptionFrame> found(TaskStacks source, TaskStack stack) throws IOException {
        StackContents contents = source.unwinder().contents(stack.task());
        return ExceptionFrame.on(contents, contents.low(), contents.high());
    }

    /// Prints what looks like exception frames on the CPUs' own stacks.
    ///
    /// As JSON an array of `cpu`, `stack` and `exception_frames`, as of a task.
    ///
    /// @return the exit status
    int printCpus(Kernel kernel, CpuList cpus, PrintWriter out) throws IOException {
        List<Object> all = new ArrayList<>();
        for (CpuStack stack : kernel.stacks().unwinder().cpuStacks()) {
            if (cpus.has(stack.cpu())) {
                List<ExceptionFrame> frames =
                        ExceptionFrame.on(kernel.stacks().unwinder().contents(stack), stack.low(), stack.high());
                all.add(Table.row(
                        "cpu", stack.cpu(),
                        "stack", stack.name(),
                        "exception_frames",
                                frames.stream().map(BacktraceJson::of).toList()));
                if (!json.get()) {
                    out.println("CPU " + stack.cpu() + " " + stack.name() + " STACK:"
                            + (frames.isEmpty() ? " (none found)" : ""));
                    frames.forEach(frame -> frame.lines().forEach(out::println));
                    out.println();
                }
            }
        }
        if (json.get()) {
            out.println(Json.of(all));
        }
        out.flush();
        return 0;
    }

    private boolean isWanted(Backtrace backtrace) {
        String wanted = reference.get();
        return wanted == null || backtrace.frames().stream().anyMatch(frame -> refersTo(frame, wanted));
    }

    private static boolean refersTo(StackFrame frame, String wanted) {
        String address = Long.toHexString(frame.address());
        return frame.function().equals(wanted) || address.equals(wanted.replaceFirst("^0x", ""));
    }

    private String text(StackGroup group) {
        int count = group.stacks().size();
        List<String> all = new ArrayList<>();
        all.add(count
                + (count == 1 ? " task: " : " tasks: ")
                + group.stacks().stream()
                        .map(stack -> stack.comm() + " (" + stack.pid() + ")")
                        .collect(Collectors.joining(", ")));
        List<StackFrame> frames = group.backtrace().frames();
        for (int i = 0; i < frames.size(); i++) {
            all.add(style().line(i, "", frames.get(i)));
        }
        group.backtrace().problem().ifPresent(problem -> all.add("    (" + problem + ")"));
        return String.join("\n", all) + "\n";
    }

    private String text(Kernel kernel, TaskStack stack) throws IOException {
        List<String> all = new ArrayList<>(List.of(BacktraceText.title(stack)));
        all.addAll(lines(kernel, stack));
        return String.join("\n", all) + "\n";
    }

    private List<String> lines(Kernel kernel, TaskStack stack) throws IOException {
        int words = symbolic.get().length;
        boolean byWord = functions.get() || old.get() || allFunctions.get() || raw.get();
        if (exceptions.get()) {
            List<String> lines = new ArrayList<>();
            found(kernel.stacks(), stack).forEach(frame -> lines.addAll(frame.lines()));
            return lines;
        }
        if (!full.get() && words == 0 && !byWord) {
            return style().lines(stack.backtrace(), (frame, caller) -> List.of());
        }
        StackContents contents = kernel.stacks().unwinder().contents(stack.task());
        StackText text =
                new StackText(contents, words > 0 || raw.get(), words > 0 ? slabs(kernel, words > 1) : word -> "");
        if (raw.get()) {
            return text.all();
        }
        if (allFunctions.get()) {
            return text.functions(contents.low());
        }
        if (functions.get() || old.get()) {
            return functions(stack.backtrace(), text);
        }
        return style().lines(stack.backtrace(), text::frame);
    }

    private static LongFunction<String> slabs(Kernel kernel, boolean withAddress) throws IOException {
        SlabNames names = SlabNames.of(kernel.types());
        return word -> names.find(word)
                .map(name -> "[" + (withAddress ? Long.toHexString(word) + ":" : "") + name + "]")
                .orElse("");
    }

    private List<String> functions(Backtrace backtrace, StackText text) throws IOException {
        List<String> lines = new ArrayList<>();
        if (!backtrace.frames().isEmpty()) {
            StackFrame first = backtrace.frames().getFirst();
            lines.add("              START: " + style().line(0, "", first).substring(4));
            lines.addAll(text.functions(first.slot()));
        }
        return lines;
    }

    private BacktraceText style() {
        if (!offsets.get()) {
            return new BacktraceText(Offsets.NONE);
        }
        return new BacktraceText(hexadecimal.get() && !decimal.get() ? Offsets.HEXADECIMAL : Offsets.DECIMAL);
    }
}
