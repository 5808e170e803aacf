package org.kdump.kernel.why;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.kdump.kernel.crash.PanicReport;
import org.kdump.kernel.crash.Taint;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.unwind.StackFrame;
import org.kdump.kernel.unwind.TaskStack;

/// What killed a machine, for people and for programs.
public final class WhyText {
    private static final int MOST_WAITING = 5;
    private static final int MOST_SIGNS = 5;
    /// Of the memory; less is told of.
    private static final double LITTLE = 0.05;

    private final Why why;
    private final PanicReport panic;

    private WhyText(Why why) {
        this.why = why;
        panic = why.summary().panic();
    }

    /// A page of text.
    public static String page(Why why) {
        return new WhyText(why).page();
    }

    private String page() {
        StringBuilder page = new StringBuilder();
        row(page, "FAILURE", why.failure().label() + ": " + why.failure().sentence());
        panic.headline()
                .filter(line -> !panic.panic().equals(Optional.of(line)))
                .ifPresent(line -> row(page, "CAUSE", line));
        panic.panic().ifPresent(line -> row(page, "PANIC", line));
        why.telling().stream().findFirst().ifPresent(frame -> row(page, "WHERE", place(frame)));
        row(page, "TASK", task());
        row(page, "AFTER", why.summary().uptime().map(WhyText::time).orElse("an unknown time"));
        why.summary().release().ifPresent(release -> row(page, "KERNEL", release));
        rows(page, "STACK", stack());
        List<String> also = also();
        rows(page, "ALSO", also.isEmpty() ? List.of("nothing else looks wrong") : also);
        row(page, "SIGNATURE", why.signature());
        rows(page, "MISSING", why.missing());
        return page.toString();
    }

    private static void row(StringBuilder page, String label, String value) {
        page.append("%10s: %s\n".formatted(label, value));
    }

    private static void rows(StringBuilder page, String label, List<String> values) {
        for (int i = 0; i < values.size(); i++) {
            page.append(i == 0 ? "%10s: ".formatted(label) : " ".repeat(12))
                    .append(values.get(i))
                    .append('\n');
        }
    }

    private static String place(StackFrame frame) {
        if (frame.place().isEmpty()) {
            return Json.address(frame.address()) + ", which is in no function";
        }
        return frame.function() + "+0x" + Long.toHexString(frame.offset())
                + (frame.module().isEmpty() ? "" : " in module " + frame.module());
    }

    /// Neighbours that are the same, as of a function that calls itself, are one line.
    private List<String> stack() {
        List<String> all = why.telling().stream().map(WhyText::line).toList();
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < all.size(); ) {
            int next = i;
            while (next < all.size() && all.get(next).equals(all.get(i))) {
                next++;
            }
            lines.add(all.get(i) + (next - i > 1 ? "  (" + (next - i) + " times)" : ""));
            i = next;
        }
        return lines;
    }

    private static String line(StackFrame frame) {
        String name = frame.place().isEmpty()
                ? Json.address(frame.address())
                : frame.function() + "+0x" + Long.toHexString(frame.offset());
        return name
                + (frame.module().isEmpty() ? "" : " [" + frame.module() + "]")
                + (frame.isGuess() ? " (guess)" : "");
    }

    private String task() {
        if (why.task().isEmpty()) {
            return panic.command().map(name -> name + " (by the log)").orElse("unknown");
        }
        TaskStack task = why.task().get();
        String name = task.pid() == 0 ? "the idle task" : task.comm() + "  (PID " + task.pid() + ")";
        return name + (task.running() ? " on CPU " : ", last on CPU ") + task.cpu();
    }

    private static String time(Duration time) {
        return (time.toDays() > 0 ? time.toDays() + " days, " : "")
                + "%02d:%02d:%02d".formatted(time.toHoursPart(), time.toMinutesPart(), time.toSecondsPart());
    }

    /// What else looks wrong, a sentence each.
    private List<String> also() {
        List<String> also = new ArrayList<>();
        earlier().forEach(line -> also.add("before: " + line));
        for (Taint taint : panic.taints()) {
            also.add("tainted: " + taint.letter() + ", " + taint.words());
        }
        why.freeMemory()
                .filter(free -> free < LITTLE || why.failure() == Failure.OUT_OF_MEMORY)
                .ifPresent(free -> also.add(String.format(Locale.ROOT, "memory: %.1f %% were free", 100 * free)));
        why.waiting().stream().limit(MOST_WAITING).forEach(task -> also.add(waiting(task)));
        int more = why.waiting().size() - MOST_WAITING;
        if (more > 0) {
            also.add(more + " more tasks wait and cannot be interrupted");
        }
        return also;
    }

    /// Other trouble in the log before the end.
    private List<String> earlier() {
        return panic.signs().stream()
                .takeWhile(line -> !panic.headline().equals(Optional.of(line)))
                .limit(MOST_SIGNS)
                .toList();
    }

    private static String waiting(WaitingTask task) {
        return "waiting: " + task.comm() + " (PID " + task.pid() + ")"
                + task.waited().map(time -> " for " + time.toSeconds() + " s").orElse("")
                + (task.function().isEmpty() ? "" : " in " + task.function())
                + task.lock().map(WhyText::lock).orElse("");
    }

    private static String lock(HeldLock lock) {
        String name = ", for the " + lock.kind() + " at " + Json.address(lock.address());
        if (lock.owner().isEmpty()) {
            return name;
        }
        return name
                + (lock.reader() ? ", last read by " : ", which is held by ")
                + owner(lock.owner().get());
    }

    private static String owner(Struct task) {
        try {
            return task.text("comm") + " (PID " + task.number("pid") + ")";
        } catch (IOException notReadable) {
            return "the task at " + Json.address(task.address());
        }
    }

    /// The same as JSON. Names are stable: `dump`, `failure` (an identifier), `sentence`, `cause`, `panic`;
    /// `function`, `offset` and `module` of where it failed; `task` (`address`, `pid`, `comm`, `cpu`, `running`;
    /// null if it is not known), `uptime_seconds`, `release`, `stack` (an array of `function`, `offset`, `module`,
    /// `address`, `guess`), `earlier` (lines of the log), `taints`, `free_memory` (a share), `waiting` (an array of
    /// `pid`, `comm`, `address`, `seconds`, `function`, `lock`, which is null or `kind`, `address`, `owner`,
    /// `reader`), `signature`, `missing`.
    public static String json(Why why) {
        return new WhyText(why).json();
    }

    private String json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("dump", why.summary().dump());
        json.put("failure", why.failure().id());
        json.put("sentence", why.failure().sentence());
        json.put("cause", panic.headline());
        json.put("panic", panic.panic());
        Optional<StackFrame> where = why.telling().stream().findFirst();
        json.put("function", where.map(StackFrame::function));
        json.put("offset", where.map(StackFrame::offset));
        json.put("module", where.map(StackFrame::module).filter(name -> !name.isEmpty()));
        json.put("task", why.task().map(WhyText::task));
        json.put("uptime_seconds", why.summary().uptime().map(uptime -> uptime.toMillis() / 1000.0));
        json.put("release", why.summary().release());
        json.put("stack", why.telling().stream().map(WhyText::frame).toList());
        json.put("earlier", earlier());
        json.put("taints", panic.taints());
        json.put("free_memory", why.freeMemory());
        json.put("waiting", why.waiting().stream().map(WhyText::task).toList());
        json.put("signature", why.signature());
        json.put("missing", why.missing());
        return Json.of(json);
    }

    private static Map<String, Object> task(TaskStack task) {
        return person(task.task().address(), task.pid(), task.comm(), Optional.of(task));
    }

    private static Map<String, Object> person(long address, int pid, String comm, Optional<TaskStack> stack) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("address", Json.address(address));
        json.put("pid", pid);
        json.put("comm", comm);
        stack.ifPresent(task -> {
            json.put("cpu", OptionalInt.of(task.cpu()));
            json.put("running", task.running());
        });
        return json;
    }

    private static Map<String, Object> frame(StackFrame frame) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("function", frame.place().map(place -> place.symbol().name()));
        json.put("offset", frame.place().map(place -> place.offset()));
        json.put("module", frame.module().isEmpty() ? null : frame.module());
        json.put("address", Json.address(frame.address()));
        json.put("guess", frame.isGuess());
        return json;
    }

    private static Map<String, Object> task(WaitingTask task) {
        Map<String, Object> json = person(task.address(), task.pid(), task.comm(), Optional.empty());
        json.put("seconds", task.waited().map(time -> time.toMillis() / 1000.0));
        json.put("function", task.function());
        json.put("lock", task.lock().map(WhyText::json));
        return json;
    }

    private static Map<String, Object> json(HeldLock lock) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("kind", lock.kind());
        json.put("address", Json.address(lock.address()));
        json.put("owner", lock.owner().map(WhyText::owner));
        json.put("reader", lock.reader());
        return json;
    }
}
