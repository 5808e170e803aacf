package org.kdump.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.unwind.Backtrace;
import org.kdump.kernel.unwind.BacktraceJson;
import org.kdump.kernel.unwind.BacktraceText;
import org.kdump.kernel.unwind.BacktraceText.Offsets;
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
    private final Supplier<Boolean> symbolic;
    private final Supplier<Boolean> functions;
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
        symbolic = verb.flag("-F", "As -f, with symbols for the words that point to such.");
        functions = verb.flag("-t", "Print what points to functions from the first frame on, instead of frames.");
        allFunctions = verb.flag("-T", "Print what points to functions on all of the stack, instead of frames.");
        raw = verb.flag("-r", "Print all of the stack, instead of frames.");
        lines = verb.flag("-l", "Not possible: source lines are in no dump, they need debuginfo.");
        reference = verb.option(
                String.class, "-R", "SYMBOL|ADDRESS", "Print only stacks that have this function or address in them.");
        group = verb.flag("--group", "Print stacks that are the same once, with the tasks that have them.");
        json = verb.flag("--json", "Answer in JSON: an array of tasks with their frames.");
    }

    /// Prints stacks, each as soon as it is found if they need not be put together.
    void print(TaskStacks source, List<Struct> tasks, PrintWriter out, PrintWriter err) throws IOException {
        if (lines.get()) {
            err.println("kdump: -l: source lines are not in the dump, they need debuginfo; functions follow without");
        }
        List<TaskStack> grouped = new ArrayList<>();
        String separator = json.get() ? "[\n" : "";
        for (Struct task : tasks) {
            TaskStack stack = source.of(task);
            if (!isWanted(stack.backtrace())) {
                continue;
            }
            if (group.get()) {
                grouped.add(stack);
            } else {
                out.print(separator + (json.get() ? Json.of(BacktraceJson.of(stack)) : text(source, stack)));
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

    private String text(TaskStacks source, TaskStack stack) throws IOException {
        List<String> all = new ArrayList<>(List.of(BacktraceText.title(stack)));
        all.addAll(lines(source, stack));
        return String.join("\n", all) + "\n";
    }

    private List<String> lines(TaskStacks source, TaskStack stack) throws IOException {
        if (!full.get() && !symbolic.get() && !functions.get() && !allFunctions.get() && !raw.get()) {
            return style().lines(stack.backtrace(), (frame, caller) -> List.of());
        }
        StackContents contents = source.unwinder().contents(stack.task());
        StackText text = new StackText(contents, symbolic.get() || raw.get());
        if (raw.get()) {
            return text.all();
        }
        if (allFunctions.get()) {
            return text.functions(contents.low());
        }
        if (functions.get()) {
            return functions(stack.backtrace(), text);
        }
        return style().lines(stack.backtrace(), text::frame);
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
