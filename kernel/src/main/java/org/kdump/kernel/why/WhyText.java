package org.kdump.kernel.why;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
    private static final int MOST_CORRUPT = 5;
    private static final double MEBIBYTE = 1 << 20;

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
        rows(page, "DETAIL", why.findings().details());
        why.telling().stream().findFirst().ifPresent(frame -> row(page, "WHERE", place(frame)));
        row(page, "TASK", task());
        row(page, "AFTER", why.summary().uptime().map(WhyText::time).orElse("an unknown time"));
        why.summary().release().ifPresent(release -> row(page, "KERNEL", release));
        rows(page, "STACK", stack());
        why.findings().memory().filter(this::isTelling).ifPresent(memory -> rows(page, "MEMORY", memory(memory)));
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
        earlier(panic).forEach(line -> also.add("before: " + line));
        for (Taint taint : panic.taints()) {
            also.add("tainted: " + taint.letter() + ", " + taint.words());
        }
        why.findings().locked().forEach(cpu -> also.add(locked(cpu)));
        why.findings().corrupt().stream().limit(MOST_CORRUPT).forEach(list -> also.add(corrupt(list)));
        List<WaitingTask> waiting = why.findings().waiting();
        waiting.stream().limit(MOST_WAITING).forEach(task -> also.add(waiting(task)));
        int more = waiting.size() - MOST_WAITING;
        if (more > 0) {
            also.add(more + " more tasks wait and cannot be interrupted");
        }
        return also;
    }

    /// Other trouble in the log before the end.
    static List<String> earlier(PanicReport panic) {
        return panic.signs().stream()
                .takeWhile(line -> !panic.headline().equals(Optional.of(line)))
                .limit(MOST_SIGNS)
                .toList();
    }

    private static String locked(LockedCpu cpu) {
        String place = cpu.telling().stream().findFirst().map(WhyText::line).orElse("unknown code");
        return "locked up: CPU %d took no interrupt for %d s: %s (PID %d) in %s"
                .formatted(
                        cpu.cpu(),
                        cpu.silent().toSeconds(),
                        cpu.task().comm(),
                        cpu.task().pid(),
                        place);
    }

    private static String corrupt(CorruptList list) {
        return "corrupt: " + list.what() + ", at " + Json.address(list.address()) + ": " + list.problem();
    }

    private boolean isTelling(MemoryState memory) {
        return why.failure() == Failure.OUT_OF_MEMORY || memory.isShort();
    }

    private static List<String> memory(MemoryState memory) {
        List<String> lines = new ArrayList<>();
        lines.add(format("%.1f %% of %s were free", 100 * memory.freeShare(), size(memory.total())));
        for (MemoryState.ZoneState zone : memory.zones()) {
            lines.add("zone %s of node %d: %s free, %s the minimum of %s"
                    .formatted(
                            zone.name(),
                            zone.node(),
                            size(zone.free()),
                            zone.isShort() ? "below" : "above",
                            size(zone.minimum())));
        }
        lines.add(format("slab: %s (%.1f %%), ", size(memory.slab()), 100.0 * memory.slab() / memory.total())
                + size(memory.unreclaimable()) + " of it not reclaimable; swap: "
                + (memory.swap() == 0 ? "none" : size(memory.freeSwap()) + " of " + size(memory.swap()) + " free"));
        if (!memory.largest().isEmpty()) {
            lines.add("largest: "
                    + String.join(
                            ", ",
                            memory.largest().stream()
                                    .map(task -> task.comm() + " (PID " + task.pid() + ") " + size(task.resident()))
                                    .toList()));
        }
        return lines;
    }

    private static String size(long bytes) {
        return format("%.1f MiB", bytes / MEBIBYTE);
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
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

    static String owner(Struct task) {
        try {
            return task.text("comm") + " (PID " + task.number("pid") + ")";
        } catch (IOException notReadable) {
            return "the task at " + Json.address(task.address());
        }
    }

    /// The same as JSON; JSON.md has the names.
    public static String json(Why why) {
        return WhyJson.of(why);
    }
}
