package org.kdump.kernel.crash;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.kdump.kernel.json.Json;
import org.kdump.vmcore.Utsname;

/// A crash summary for people, and for programs.
public final class SummaryText {
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss zzz yyyy", Locale.ROOT);
    private static final String UNKNOWN = "unknown";

    private SummaryText() {}

    /// A table of labels and values, a line each; labels in crash's words.
    ///
    /// @param zone of the dates
    public static String table(CrashSummary summary, ZoneId zone) {
        Map<String, String> rows = new LinkedHashMap<>();
        PanicReport panic = summary.panic();
        panic.headline()
                .filter(line -> !panic.panic().equals(Optional.of(line)))
                .ifPresent(line -> rows.put("CAUSE", line));
        rows.put("PANIC", panic.panic().orElse("the log tells of none"));
        rows.put("TASK", task(panic) + witnesses(summary));
        rows.put("CPU", panic.cpu().isPresent() ? Integer.toString(panic.cpu().getAsInt()) : UNKNOWN);
        panic.tainted().ifPresent(text -> rows.put("TAINT", taint(panic)));
        rows.put("DATE", summary.crashTime().map(time -> date(time, zone)).orElse(UNKNOWN));
        rows.put(
                "UPTIME",
                summary.uptime()
                        .map(time -> duration(time, panic.panic().isPresent()))
                        .orElse(UNKNOWN));
        rows.put(
                "RELEASE",
                summary.release()
                        .or(() -> summary.utsname().map(Utsname::release))
                        .orElse(UNKNOWN));
        summary.utsname().ifPresent(names -> {
            rows.put("VERSION", names.version());
            rows.put("NODENAME", names.nodename());
        });
        summary.buildId().ifPresent(id -> rows.put("BUILD ID", id));
        rows.put("MACHINE", summary.architecture());
        panic.hardware().ifPresent(name -> rows.put("HARDWARE", name));
        rows.put("CPUS", Integer.toString(summary.cpus().size()));
        rows.put("MEMORY", mebibytes(summary.memory()));
        summary.kernelOffset().ifPresent(offset -> rows.put("KASLR", Json.address(offset)));
        rows.put("DUMPFILE", summary.dump());
        rows.put("FORMAT", summary.format() + level(summary.dumpLevel()));
        return lines(rows)
                + rows("REMARKS", summary.remarks())
                + rows("MISSING", summary.missing().isEmpty() ? List.of("nothing") : summary.missing());
    }

    private static String lines(Map<String, String> rows) {
        StringBuilder text = new StringBuilder();
        rows.forEach((label, value) -> text.append(rows(label, List.of(value))));
        return text.toString();
    }

    /// A row for each, of which only the first has the label.
    private static String rows(String label, List<String> values) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < values.size(); i++) {
            text.append(i == 0 ? "%12s: ".formatted(label) : " ".repeat(14))
                    .append(values.get(i))
                    .append('\n');
        }
        return text.toString();
    }

    private static String task(PanicReport panic) {
        if (panic.command().isEmpty()) {
            return UNKNOWN;
        }
        return panic.command().get()
                + (panic.pid().isPresent() ? "  (PID " + panic.pid().getAsInt() + ")" : "");
    }

    private static String witnesses(CrashSummary summary) {
        if (summary.panic().command().isEmpty()) {
            return "";
        }
        return summary.panicRegisters().isPresent() ? " (by the log and the CPU's registers)" : " (by the log)";
    }

    private static String taint(PanicReport panic) {
        String words = panic.taints().stream()
                .map(taint -> taint.letter() + " " + taint.words())
                .collect(Collectors.joining(", "));
        return words.isEmpty() ? "none" : words;
    }

    private static String level(OptionalInt level) {
        if (level.isEmpty()) {
            return "";
        }
        return ", dump level " + level.getAsInt() + excluded(level.getAsInt());
    }

    private static String excluded(int level) {
        List<String> classes = excludedClasses(level);
        return classes.isEmpty() ? "" : " (without " + String.join(", ", classes) + " pages)";
    }

    /// What a dump level leaves out, in makedumpfile's words.
    private static List<String> excludedClasses(int level) {
        String[] names = {"zero", "non-private cache", "private cache", "user", "free"};
        List<String> classes = new ArrayList<>();
        for (int bit = 0; bit < names.length; bit++) {
            if ((level >> bit & 1) != 0) {
                classes.add(names[bit]);
            }
        }
        return classes;
    }

    /// A point in time as crash and date(1) write it, the day of the month in two columns.
    public static String date(Instant time, ZoneId zone) {
        return DATE.format(time.atZone(zone));
    }

    private static String duration(Duration uptime, boolean panicked) {
        return (uptime.toDays() > 0 ? uptime.toDays() + " days, " : "")
                + "%02d:%02d:%02d".formatted(uptime.toHoursPart(), uptime.toMinutesPart(), uptime.toSecondsPart())
                + " (by the time stamp of the "
                + (panicked ? "panic" : "log's last record")
                + ")";
    }

    private static String mebibytes(long bytes) {
        return bytes >= 10L << 30 ? (bytes >> 30) + " GiB" : (bytes >> 20) + " MiB";
    }

    /// The same as JSON. Names are stable: `dump`, `format`, `dump_level`, `excluded`, `release`, `version`,
    /// `nodename`, `build_id`, `machine`, `hardware`, `page_size`, `memory_bytes`, `crash_time` and `boot_time` in
    /// ISO 8601 and UTC, `uptime_seconds`, `cause`, `panic`, `task` (`pid`, `comm`), `cpu`, `tainted`, `taints` (an
    /// array), `kaslr_offset`, `phys_base`, `cpus` (an array of `cpu`, `pid`, `registers`), and the arrays
    /// `missing` and `remarks`.
    public static String json(CrashSummary summary) {
        PanicReport panic = summary.panic();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("dump", summary.dump());
        json.put("format", summary.format());
        json.put("dump_level", summary.dumpLevel());
        json.put("excluded", excludedClasses(summary.dumpLevel().orElse(0)));
        json.put("release", summary.release());
        json.put("version", summary.utsname().map(Utsname::version));
        json.put("nodename", summary.utsname().map(Utsname::nodename));
        json.put("build_id", summary.buildId());
        json.put("machine", summary.architecture());
        json.put("hardware", panic.hardware());
        json.put("page_size", summary.pageSize());
        json.put("memory_bytes", summary.memory());
        json.put("crash_time", summary.crashTime());
        json.put("boot_time", summary.bootTime().map(time -> time.truncatedTo(ChronoUnit.SECONDS)));
        json.put("uptime_seconds", summary.uptime().map(uptime -> uptime.toMillis() / 1000.0));
        json.put("cause", panic.headline());
        json.put("panic", panic.panic());
        Map<String, Object> task = new LinkedHashMap<>();
        task.put("pid", panic.pid());
        task.put("comm", panic.command());
        json.put("task", task);
        json.put("cpu", panic.cpu());
        json.put("tainted", panic.tainted());
        json.put("taints", panic.taints());
        json.put("kaslr_offset", address(summary.kernelOffset()));
        json.put("phys_base", address(summary.physicalBase()));
        json.put("cpus", summary.cpus().stream().map(SummaryText::cpu).toList());
        json.put("remarks", summary.remarks());
        json.put("missing", summary.missing());
        return Json.of(json);
    }

    private static Optional<String> address(OptionalLong value) {
        return value.isPresent() ? Optional.of(Json.address(value.getAsLong())) : Optional.empty();
    }

    private static Map<String, Object> cpu(CpuRegisters cpu) {
        Map<String, Object> registers = new LinkedHashMap<>();
        cpu.values().forEach((name, value) -> registers.put(name, Json.address(value)));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("cpu", cpu.cpu());
        json.put("pid", cpu.pid());
        json.put("registers", registers);
        return json;
    }
}
