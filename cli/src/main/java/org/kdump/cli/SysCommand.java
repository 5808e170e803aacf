package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.crash.CrashSummary;
import org.kdump.kernel.crash.FirmwareNames;
import org.kdump.kernel.crash.KernelConfig;
import org.kdump.kernel.crash.SummaryText;
import org.kdump.kernel.crash.SystemCall;
import org.kdump.kernel.crash.Taint;
import org.kdump.kernel.json.Json;
import org.kdump.vmcore.Utsname;

/// `kdump sys`: the machine.
final class SysCommand extends Verb {
    /// `FSHIFT` (include/linux/sched/loadavg.h): load averages are fixed-point numbers with so many bits of
    /// fraction.
    private static final int LOAD_SHIFT = 11;

    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> words = optionalArguments(
            String.class, "config|NAME|NUMBER", "config: how the kernel was configured. With -c: which system calls.");

    private final Supplier<Boolean> calls = flag("-c", "The table of system calls.");

    private final Supplier<Boolean> taints = flag("-t", "Why the kernel calls itself tainted.");

    private final Supplier<Boolean> firmware = flag("-i", "What the firmware says of the machine (DMI).");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON.");

    private final Supplier<Boolean> utc = flag("--utc", "Print dates in UTC instead of local time.");

    SysCommand() {
        super("sys", "Say what machine it was, how long it had run and how busy it was.");
    }

    @Override
    public Integer call() throws IOException {
        try (Kernel kernel = open(dump.get())) {
            if (calls.get()) {
                return print(calls(kernel));
            } else if (taints.get()) {
                return printTaints(kernel);
            } else if (firmware.get()) {
                return printFirmware(kernel);
            } else if (words.get().equals(List.of("config"))) {
                return printConfig(kernel);
            } else if (!words.get().isEmpty()) {
                throw misuse("'" + words.get().getFirst() + "': sys knows config, or system calls with -c");
            }
            Map<String, Object> facts = facts(kernel);
            if (json.get()) {
                out().println(Json.of(facts));
            } else {
                print(facts, kernel.summary());
            }
            out().flush();
            return 0;
        }
    }

    private int print(List<Map<String, Object>> rows) {
        if (json.get()) {
            out().println(Json.of(rows));
        } else {
            Table.print(rows, out());
        }
        out().flush();
        return rows.isEmpty() ? Main.FAILED : 0;
    }

    /// `number`, `function`.
    private List<Map<String, Object>> calls(Kernel kernel) throws IOException {
        SymbolText symbols = SymbolText.of(kernel);
        long table = kernel.types().symbol("sys_call_table");
        long size = kernel.kernelSymbols()
                .nearest(table)
                .map(place -> place.size() - place.offset())
                .orElse(0L);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (SystemCall call : SystemCall.all(kernel.types(), size)) {
            String function = symbols.orAddress(call.function());
            boolean wanted = words.get().isEmpty()
                    || words.get().stream()
                            .anyMatch(word -> word.equals(Integer.toString(call.number()))
                                    || isName(word) && function.contains(word));
            if (wanted) {
                rows.add(Table.row("number", call.number(), "function", function));
            }
        }
        return rows;
    }

    private static boolean isName(String word) {
        return !word.matches("\\d+");
    }

    /// `tainted_mask`, `taints`: each `letter` and `words`.
    private int printTaints(Kernel kernel) throws IOException {
        long mask = kernel.memory().word(kernel.types().symbol("tainted_mask"));
        List<Taint> all = Taint.of(mask);
        if (json.get()) {
            out().println(Json.of(Table.row(
                    "tainted_mask",
                    Json.address(mask),
                    "taints",
                    all.stream()
                            .map(taint -> Table.row("letter", String.valueOf(taint.letter()), "words", taint.words()))
                            .toList())));
        } else {
            String letters =
                    all.stream().map(taint -> String.valueOf(taint.letter())).collect(Collectors.joining());
            out().println("TAINTED_MASK: " + Long.toHexString(mask) + "  " + letters);
            all.forEach(taint -> out().println("  " + taint.letter() + ": " + taint.words()));
        }
        out().flush();
        return 0;
    }

    /// An object of the kernel's names, `DMI_SYS_VENDOR`.
    private int printFirmware(Kernel kernel) throws IOException {
        Map<String, String> all = FirmwareNames.all(kernel.types());
        if (json.get()) {
            out().println(Json.of(all));
        } else {
            all.forEach((name, text) -> out().printf("%25s: %s%n", name, text));
        }
        out().flush();
        return all.isEmpty() ? Main.FAILED : 0;
    }

    /// `config`: its text.
    private int printConfig(Kernel kernel) throws IOException {
        String text = KernelConfig.text(kernel.types())
                .orElseThrow(() -> new IOException(kernel.vmcore().name()
                        + ": the kernel does not have its configuration with it (CONFIG_IKCONFIG); distributions have it"
                        + " in a file, /boot/config-RELEASE"));
        out().print(json.get() ? Json.of(Map.of("config", text)) + "\n" : text);
        out().flush();
        return 0;
    }

    /// `dump`, `cpus` (online), `cpus_possible`, `crash_time` (ISO 8601, UTC), `uptime_seconds`,
    /// `load_average` (an array of
    /// three), `tasks`, `nodename`, `release`, `version`, `machine`, `mhz`, `memory_bytes`, `panic`.
    private static Map<String, Object> facts(Kernel kernel) throws IOException {
        CrashSummary summary = kernel.summary();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("dump", summary.dump());
        facts.put("cpus", kernel.stacks().running().all().size());
        facts.put("cpus_possible", kernel.perCpu().cpus().size());
        facts.put("crash_time", summary.crashTime());
        facts.put("uptime_seconds", summary.uptime().map(Duration::toSeconds));
        facts.put("load_average", load(kernel));
        facts.put("tasks", kernel.tasks().size());
        facts.put("nodename", summary.utsname().map(Utsname::nodename));
        facts.put("release", summary.release());
        facts.put("version", summary.utsname().map(Utsname::version));
        facts.put("machine", summary.architecture());
        OptionalLong kilohertz = kernel.types().findSymbol("cpu_khz");
        facts.put("mhz", kilohertz.isPresent() ? kernel.memory().u32(kilohertz.getAsLong()) / 1000 : null);
        facts.put("memory_bytes", summary.memory());
        facts.put("panic", summary.panic().panic());
        return facts;
    }

    private static List<Double> load(Kernel kernel) throws IOException {
        OptionalLong averages = kernel.types().findSymbol("avenrun");
        List<Double> load = new ArrayList<>();
        for (int i = 0; averages.isPresent() && i < 3; i++) {
            long fixed = kernel.memory().word(averages.getAsLong() + (long) i * Long.BYTES);
            load.add(Math.round(fixed * 100.0 / (1 << LOAD_SHIFT)) / 100.0);
        }
        return load;
    }

    private void print(Map<String, Object> facts, CrashSummary summary) {
        ZoneId zone = utc.get() ? ZoneId.of("UTC") : ZoneId.systemDefault();
        row("DUMPFILE", facts.get("dump"));
        row("CPUS", facts.get("cpus"));
        row(
                "DATE",
                summary.crashTime().map(time -> SummaryText.date(time, zone)).orElse("unknown"));
        row("UPTIME", summary.uptime().map(SysCommand::duration).orElse("unknown"));
        List<String> load = new ArrayList<>();
        ((List<?>) facts.get("load_average")).forEach(each -> load.add("%.2f".formatted(each)));
        row("LOAD AVERAGE", String.join(", ", load));
        row("TASKS", facts.get("tasks"));
        row("NODENAME", summary.utsname().map(Utsname::nodename).orElse("unknown"));
        row("RELEASE", summary.release().orElse("unknown"));
        row("VERSION", summary.utsname().map(Utsname::version).orElse("unknown"));
        Object megahertz = facts.get("mhz");
        row("MACHINE", summary.architecture() + (megahertz == null ? "" : "  (" + megahertz + " Mhz)"));
        row("MEMORY", (summary.memory() >> 20) + " MiB");
        row("PANIC", summary.panic().panic().map(text -> '"' + text + '"').orElse("the log tells of none"));
    }

    private static String duration(Duration time) {
        return (time.toDays() > 0 ? time.toDays() + " days, " : "")
                + "%02d:%02d:%02d".formatted(time.toHoursPart(), time.toMinutesPart(), time.toSecondsPart());
    }

    private void row(String label, Object value) {
        out().printf("%12s: %s%n", label, value);
    }
}
