package org.kdump.kernel.unwind;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.kdump.kernel.crash.X86Register;
import org.kdump.kernel.json.Json;

/// Stacks as JSON values.
///
/// A task has `address`, `pid`, `comm`, `cpu`, `state`, `running`, `frames`, `registers` (those that its CPU
/// left, if it ran; else null) and `problem` (null if the stack is whole). A frame has `function`, `offset`
/// and `module` (null if not known, `module` for the kernel itself too), `address`, `stack_address`, `stack`
/// (null for the task's own), `interrupted`, `guess` and `registers` (those that it saved; else null).
public final class BacktraceJson {
    private BacktraceJson() {}

    /// A task and its stack.
    public static Map<String, Object> of(TaskStack stack) {
        Backtrace backtrace = stack.backtrace();
        Map<String, Object> json = task(stack);
        json.put("frames", frames(backtrace));
        json.put("registers", backtrace.registers().map(BacktraceJson::of).orElse(null));
        json.put("problem", backtrace.problem());
        return json;
    }

    /// Tasks whose stacks are the same: `count`, `tasks`, and the first one's `frames` and `problem`.
    public static Map<String, Object> of(StackGroup group) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("count", group.stacks().size());
        json.put("tasks", group.stacks().stream().map(BacktraceJson::task).toList());
        json.put("frames", frames(group.backtrace()));
        json.put("problem", group.backtrace().problem());
        return json;
    }

    private static Map<String, Object> task(TaskStack stack) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("address", Json.address(stack.task().address()));
        json.put("pid", stack.pid());
        json.put("comm", stack.comm());
        json.put("cpu", stack.cpu());
        json.put("state", stack.state());
        json.put("running", stack.running());
        return json;
    }

    private static List<Map<String, Object>> frames(Backtrace backtrace) {
        return backtrace.frames().stream().map(BacktraceJson::of).toList();
    }

    private static Map<String, Object> of(StackFrame frame) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("function", frame.place().map(place -> place.symbol().name()));
        json.put("offset", frame.place().map(place -> place.offset()));
        json.put("module", frame.module().isEmpty() ? null : frame.module());
        json.put("address", Json.address(frame.address()));
        json.put("stack_address", Json.address(frame.slot()));
        json.put("stack", frame.stack().isEmpty() ? null : frame.stack());
        json.put("interrupted", frame.interrupted());
        json.put("guess", frame.isGuess());
        json.put("registers", frame.saved().map(BacktraceJson::of).orElse(null));
        return json;
    }

    /// What looks like an exception frame: `address`, `user`, `function` and `offset` (null for user mode),
    /// `registers`.
    public static Map<String, Object> of(ExceptionFrame frame) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("address", Json.address(frame.address()));
        json.put("user", frame.registers().isUser());
        json.put("function", frame.place().map(place -> place.symbol().name()));
        json.put("offset", frame.place().map(place -> place.offset()));
        json.put("registers", of(frame.registers()));
        return json;
    }

    private static Map<String, Object> of(X86Registers registers) {
        Map<String, Object> json = new LinkedHashMap<>();
        for (X86Register register : X86Register.values()) {
            OptionalLong value = registers.find(register);
            json.put(register.lowerName(), value.isPresent() ? Json.address(value.getAsLong()) : null);
        }
        return json;
    }
}
