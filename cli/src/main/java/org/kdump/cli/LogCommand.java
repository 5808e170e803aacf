package org.kdump.cli;

import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.crash.AuditLog;
import org.kdump.kernel.crash.CrashSummary;
import org.kdump.kernel.crash.KernelLog;
import org.kdump.kernel.crash.LogFormat;
import org.kdump.kernel.crash.LogRecord;
import org.kdump.kernel.crash.SafeBuffer;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.repair.SoundDump;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.VirtualMemory;

/// `kdump log`: the kernel's log.
final class LogCommand extends Verb {
    private final Supplier<List<Path>> dump = dumps();

    private final Supplier<Boolean> dates = flag(
            "-T --ctime",
            "Print dates instead of seconds since boot. They may be a second off, and drift with the clock.");

    private final Supplier<Boolean> raw = flag("-r --raw", "Print facility and level before each record.");

    private final Supplier<Boolean> caller =
            flag("-c --caller", "Print the thread or CPU that wrote each record, as makedumpfile does.");

    private final Supplier<Boolean> withoutTime = flag("-t", "Print no times.");

    private final Supplier<Boolean> levels = flag("-m", "Print the level of each record, <6>, before its text.");

    private final Supplier<Boolean> dictionary = flag("-d", "Print what devices added to a record, below it.");

    private final Supplier<Boolean> audit =
            flag("-a --audit", "Print what the kernel audited and no daemon has taken, instead of the log.");

    private final Supplier<Boolean> safe = flag(
            "-s", "Print what CPUs had written in NMIs and the like and not yet put in the log; kernels before 5.15.");

    private final Supplier<Boolean> rust =
            flag("-R", "For scripts that say so: names of Rust's symbols are printed as the kernel wrote them.");

    private final Supplier<Integer> level = option(
            Integer.class,
            "-l --level",
            "N",
            "Print records of this level and more severe ones: 0 emergency to 7 debug. Default: all.",
            "7");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON: an array of records.");

    LogCommand() {
        super("log", "Print the kernel's log from a dump, as dmesg prints it.");
    }

    @Override
    public Integer call() throws IOException {
        if (audit.get()) {
            return printAudit();
        }
        if (safe.get()) {
            return printSafe();
        }
        try (Vmcore vmcore = SoundDump.open(dump.get(), problem -> err().println("kdump: " + problem), namelist());
                Writer out = standardOutput()) {
            KernelLog log = KernelLog.of(VirtualMemory.kernel(vmcore));
            print(log, out, vmcore);
            if (log.damaged() > 0) {
                err().println("kdump: " + log.damaged() + " records could not be read");
            }
            return 0;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /// `type` and `text` of each message.
    private int printAudit() throws IOException {
        try (Kernel kernel = open(dump.get().getFirst())) {
            List<AuditLog.Message> messages = kernel.told(AuditLog.of(kernel.types()));
            if (json.get()) {
                out().println(Json.of(messages.stream()
                        .map(message -> Map.of("type", message.type(), "text", message.text()))
                        .toList()));
            } else {
                messages.forEach(message -> out().println("type=" + message.type() + " " + message.text()));
            }
            out().flush();
            return 0;
        }
    }

    /// `cpu`, `buffer` (the name of the per-CPU variable) and `text` of each.
    private int printSafe() throws IOException {
        try (Kernel kernel = open(dump.get().getFirst())) {
            List<Object> all = new ArrayList<>();
            for (SafeBuffer each : SafeBuffer.all(kernel.types(), kernel.perCpu())) {
                if (json.get()) {
                    all.add(Table.row("cpu", each.cpu(), "buffer", each.variable(), "text", each.text()));
                } else {
                    out().println("CPU: " + each.cpu() + "  " + each.variable());
                    out().println(each.text().isEmpty() ? "(empty)" : each.text());
                }
            }
            if (json.get()) {
                out().println(Json.of(all));
            }
            out().flush();
            return 0;
        }
    }

    private static Writer standardOutput() {
        return new BufferedWriter(
                new OutputStreamWriter(new FileOutputStream(FileDescriptor.out), StandardCharsets.UTF_8));
    }

    private void print(KernelLog log, Writer out, Vmcore vmcore) throws IOException {
        Optional<Instant> boot = dates.get() ? CrashSummary.of(vmcore).bootTime() : Optional.empty();
        if (dates.get() && boot.isEmpty()) {
            throw new IOException(
                    vmcore.name() + ": the time of the crash is not in VMCOREINFO, so there are no dates");
        }
        LogFormat format = new LogFormat(boot, ZoneId.systemDefault(), parts());
        String[] separator = {"[\n"};
        log.forEach(record -> {
            if (record.level() > level.get()) {
                return;
            }
            write(out, json.get() ? separator[0] + Json.of(json(record)) : format.format(record) + "\n");
            separator[0] = ",\n";
        });
        write(out, !json.get() ? "" : separator[0].equals("[\n") ? "[]\n" : "\n]\n");
    }

    private Set<LogFormat.Part> parts() {
        Map<LogFormat.Part, Boolean> parts = new EnumMap<>(LogFormat.Part.class);
        parts.put(LogFormat.Part.RAW, raw.get());
        parts.put(LogFormat.Part.TIME, !withoutTime.get());
        parts.put(LogFormat.Part.LEVEL, levels.get());
        parts.put(LogFormat.Part.CALLER, caller.get());
        parts.put(LogFormat.Part.DICTIONARY, dictionary.get());
        parts.values().removeIf(wanted -> !wanted);
        return parts.keySet();
    }

    private static Map<String, Object> json(LogRecord record) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("sequence", record.sequence());
        json.put("timestamp_ns", record.timestampNanos());
        json.put("facility", record.facility());
        json.put("level", record.level());
        json.put("caller", record.caller());
        json.put("text", record.text());
        json.put("dictionary", record.dictionary());
        return json;
    }

    private static void write(Writer out, String text) {
        try {
            out.write(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
