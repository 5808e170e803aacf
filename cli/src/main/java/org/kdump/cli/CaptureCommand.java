package org.kdump.cli;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.kdump.capture.Capture;
import org.kdump.capture.CaptureRequest;
import org.kdump.capture.CaptureResult;
import org.kdump.capture.ConsoleProgress;
import org.kdump.capture.DumpFilter;
import org.kdump.capture.DumpFormat;
import org.kdump.capture.DumpLevel;
import org.kdump.capture.MemoryUsage;
import org.kdump.capture.PageClass;
import org.kdump.capture.PageRules;
import org.kdump.capture.ProgressListener;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.format.VmcoreFile;

/// `kdump capture`: takes a dump.
class CaptureCommand extends Verb {
    private static final long ROOMY_HEAP = 48 << 20;
    private static final long MEMORY_OF_THREAD = 3 << 20;
    /// Standard input or output in place of a file.
    static final Path STANDARD = Path.of("-");

    private final Supplier<List<Path>> files;

    private final Supplier<Integer> level = option(
            Integer.class,
            "-d --dump-level",
            "LEVEL",
            "What to leave out, summed: 1 zero pages, 2 page cache without file system data, 4 all page cache,"
                    + " 8 memory of processes, 16 free pages. Default: "
                    + defaultLevel() + ".",
            defaultLevel());

    private final Supplier<String> codec = option(
            String.class,
            "--compress",
            "CODEC",
            "How pages are compressed: zstd, zlib, lzo, snappy or none. Default: zstd.",
            "zstd");

    private final Supplier<Boolean> zlib = hiddenFlag("-c", "--compress zlib, as makedumpfile has it.");

    private final Supplier<Boolean> lzo = hiddenFlag("-l", "--compress lzo, as makedumpfile has it.");

    private final Supplier<Boolean> snappy = hiddenFlag("-p", "--compress snappy, as makedumpfile has it.");

    private final Supplier<Boolean> zstd = hiddenFlag("-z", "--compress zstd, as makedumpfile has it.");

    private final Supplier<String> format = option(
            String.class,
            "--format",
            "FORMAT",
            "kdump (kdump-compressed), elf, flattened (kdump through a pipe), flattened-elf, or raw (physical"
                    + " memory, each byte at its address). Default: kdump.",
            "kdump");

    private final Supplier<Boolean> elf = hiddenFlag("-E", "--format elf, as makedumpfile has it.");

    private final Supplier<Boolean> flattened = hiddenFlag("-F", "--format flattened, as makedumpfile has it.");

    private final Supplier<Boolean> split = flag("--split", "Write a part of the dump to each of several TARGETs.");

    private final Supplier<Boolean> reassemble = hiddenFlag(
            "--reassemble", "Put the parts of a dump together, as makedumpfile has it: convert PART... TARGET.");

    private final Supplier<Boolean> rearrange = flag(
            "-R --rearrange",
            "Write the dump that a flattened SOURCE, or standard input, tells of, byte for byte; nothing is filtered.");

    private final Supplier<Integer> threads = option(
            Integer.class,
            "--threads --num-threads",
            "N",
            "How many threads compress. Default: one for each processor.");

    private final Supplier<Boolean> force = flag("-f --force", "Overwrite the target if it exists.");

    private final Supplier<Boolean> quiet = flag("-q --quiet", "Show no progress.");

    private final Supplier<Boolean> memoryUsage = flag(
            "--mem-usage",
            "Show what the memory of SOURCE is used for, and what each level would leave out; no TARGET.");

    private final Supplier<Boolean> dryRun =
            flag("--dry-run", "Do everything but write: say how large the dump would be. TARGET may be left out.");

    private final Supplier<Boolean> showStats = flag("--show-stats", "Show what became of the pages as a table.");

    private final Supplier<Boolean> dumpDmesg =
            flag("--dump-dmesg", "Write the kernel's log to TARGET, and no dump; - is standard output.");

    private final Supplier<Boolean> selfCheck = flag(
            "--self-check",
            "Compare what is left out with all of the kernel's own counters, by the symbols and types in SOURCE, even"
                    + " where memory is dear; else it is so with a heap of 48 MiB or more.");

    private final Supplier<Boolean> noSelfCheck =
            flag("--no-self-check", "Compare with the counter of free pages alone.");

    private final Supplier<Integer> buffer = option(
            Integer.class,
            "--cyclic-buffer",
            "KIB",
            "Memory for pages on their way and for what is remembered of each, whatever the machine has. Default: 24576,"
                    + " or 3072 for each thread if that is more.");

    private final Supplier<Boolean> excludeVmemmap = flag(
            "-e --exclude-vmemmap",
            "Leave out what the kernel's mem_map tells of pages that are left out; an analyser must not ask for it.");

    private final Supplier<Boolean> logFirst = flag(
            "--log-first",
            "Write what the kernel's log is read from before all else, so that a dump which ends early has it; of"
                    + " /proc/vmcore it is always so.");

    private final Supplier<Path> config = option(
            Path.class,
            "--config",
            "FILE",
            "Overwrite what the rules in FILE name, in makedumpfile's language: erase SYMBOL.MEMBER, erase SYMBOL"
                    + " size N …; what was erased is printed, and told in the dump.");

    private final Supplier<String[]> filters = option(
            String[].class, "--filter", "NAME[=ARG]", "Let a filter keep, drop or overwrite memory; may be repeated.");

    private final Supplier<Path[]> plugins =
            option(Path[].class, "--plugin", "JAR", "A module with more filters; may be repeated.");

    private final Supplier<Integer> messageLevel = hiddenOption(
            Integer.class, "--message-level", "N", "Of makedumpfile's levels of messages, 1 (progress) is known.");

    CaptureCommand() {
        this(
                "capture",
                "Take a dump: filter, compress and write the memory of a dead machine, or an existing dump.",
                "SOURCE TARGET",
                "SOURCE is /proc/vmcore in the capture kernel, or any dump. TARGET is the dump to write; with --format"
                        + " flattened it may be -, standard output.",
                "The dump appears as TARGET when it is complete, and is TARGET.incomplete before. Exit status: 0 complete,",
                "1 not (pages could not be read, the disk is full); what was written stays and can be opened.");
    }

    CaptureCommand(String name, String description, String label, String filesDescription, String... footer) {
        super(name, description, footer);
        files = arguments(Path.class, label, filesDescription);
        String notNeeded = "Taken as makedumpfile has it; there is no need for it here.";
        for (String option : List.of("-D", "-X", "--non-cyclic", "--non-mmap")) {
            hiddenFlag(option, notNeeded);
        }
        for (String option : List.of("-b", "-x", "-i", "--splitblock-size", "--work-dir")) {
            hiddenOption(String.class, option, "VALUE", notNeeded);
        }
    }

    /// The level that is taken if none is given.
    String defaultLevel() {
        return "17";
    }

    /// How many of the files are sources.
    ///
    /// @param count how many files there are, and a target if it is not left out
    int sources(int count) {
        return reassemble.get() ? Math.max(1, count - 1) : 1;
    }

    private List<Path> files() {
        return files.get();
    }

    final boolean isSplit() {
        return split.get();
    }

    @Override
    public Integer call() throws IOException {
        if (memoryUsage.get()) {
            return showMemoryUsage();
        }
        if (rearrange.get()) {
            return rearrange();
        }
        CaptureRequest request = request();
        List<Path> all = new ArrayList<>(files());
        if (all.size() == 1 && (request.format().isFlattened() || dryRun.get())) {
            all.add(STANDARD);
        }
        int sources = sources(all.size());
        List<Path> targets = all.subList(Math.min(sources, all.size()), all.size());
        if (!dryRun.get()) {
            check(targets, request);
        }
        try (Vmcore vmcore = open(all.subList(0, sources))) {
            if (dumpDmesg.get()) {
                LogFile.write(vmcore, targets.getFirst(), force.get());
                return 0;
            }
            CaptureResult result = capture(vmcore, targets, request);
            tell(result, targets, vmcore.pageSize());
            return result.exitStatus();
        }
    }

    /// Opens what is to be written.
    ///
    /// @param files one, or the parts of a dump that was split
    /// @throws IOException if it cannot be read
    Vmcore open(List<Path> files) throws IOException {
        return VmcoreFile.open(files);
    }

    private CaptureResult capture(Vmcore vmcore, List<Path> targets, CaptureRequest request) throws IOException {
        if (dryRun.get()) {
            return Capture.dryRun(vmcore, targets.getFirst(), request, progress());
        }
        return targets.equals(List.of(STANDARD))
                ? toStandardOutput(vmcore, request, progress())
                : Capture.run(vmcore, targets, request, progress());
    }

    private int showMemoryUsage() throws IOException {
        try (Vmcore vmcore = open(files())) {
            MemoryUsage usage = MemoryUsage.of(vmcore, progress());
            new CaptureTables(out(), usage.pageSize()).usage(usage);
            usage.problems().forEach(problem -> err().println("kdump: " + problem));
            return 0;
        }
    }

    private int rearrange() throws IOException {
        if (files().size() > 2) {
            throw misuse("--rearrange wants a SOURCE, or standard input, and a TARGET");
        }
        String missing = Rearranging.of(files()).run(force.get());
        if (!missing.isEmpty()) {
            err().println("kdump: " + missing);
        }
        return missing.isEmpty() ? 0 : Main.FAILED;
    }

    private ProgressListener progress() {
        boolean shown = messageLevel.get() == null ? !quiet.get() : (messageLevel.get() & 1) != 0;
        return shown ? console() : ProgressListener.NONE;
    }

    private void check(List<Path> targets, CaptureRequest request) {
        if (targets.isEmpty()) {
            throw misuse("a TARGET is missing: where the dump is to be written");
        }
        if (targets.size() > 1 != split.get()) {
            throw misuse(
                    split.get()
                            ? "--split wants several TARGETs, one for each part"
                            : "there are several TARGETs; a dump is split with --split");
        }
        if (split.get() && request.format() != DumpFormat.KDUMP) {
            throw misuse("only a dump of --format kdump can be split");
        }
        if (targets.contains(STANDARD) && !request.format().isFlattened() && !dumpDmesg.get()) {
            throw misuse("only --format flattened can be written to standard output");
        }
    }

    private CaptureResult toStandardOutput(Vmcore vmcore, CaptureRequest request, ProgressListener progress)
            throws IOException {
        Console console = System.console();
        if (console != null && console.isTerminal()) {
            throw misuse("a dump is not written to a terminal; send it through a pipe, or name a TARGET");
        }
        try (FileOutputStream out = new FileOutputStream(FileDescriptor.out)) {
            return Capture.run(vmcore, "standard output", out.getChannel(), request, progress);
        }
    }

    /// The console of PID 1 is a serial line as often as not, and its log is read later: it gets lines.
    private static ProgressListener console() {
        Console console = System.console();
        boolean terminal = console != null
                && console.isTerminal()
                && ProcessHandle.current().pid() != 1;
        return terminal ? ConsoleProgress.terminal(System.err) : ConsoleProgress.serial(System.err);
    }

    private CaptureRequest request() {
        try {
            // What is put together is not filtered.
            DumpLevel wanted = new DumpLevel(reassemble.get() ? 0 : level.get());
            return new CaptureRequest(wanted, format(), codec(), threads(), force.get())
                    .withMemory(memory())
                    .with(new PageRules(isChecked(), excludeVmemmap.get(), isLogFirst(), chosenFilters()));
        } catch (IllegalArgumentException e) {
            throw misuse(e.getMessage());
        }
    }

    private long memory() {
        return buffer.get() == null
                ? Math.max(CaptureRequest.STANDARD_MEMORY, threads() * MEMORY_OF_THREAD)
                : buffer.get() * 1024L;
    }

    /// Symbols and types take 20 MB for a moment, which a small capture kernel does not have.
    private boolean isChecked() {
        return selfCheck.get() || !noSelfCheck.get() && Runtime.getRuntime().maxMemory() >= ROOMY_HEAP;
    }

    /// A source that is not there any more after a capture that ended early is worth the time.
    private boolean isLogFirst() {
        return logFirst.get() || files().getFirst().startsWith("/proc");
    }

    private Map<DumpFilter, String> chosenFilters() {
        boolean none = config.get() == null && filters.get() == null && plugins.get() == null;
        if (none) {
            return Map.of();
        }
        ChosenFilters chosen = new ChosenFilters(plugins.get() == null ? List.of() : List.of(plugins.get()));
        for (String word : filters.get() == null ? new String[0] : filters.get()) {
            chosen.choose(word);
        }
        if (config.get() != null) {
            chosen.choose("erase=" + config.get());
        }
        return chosen.all();
    }

    /// 0 is makedumpfile's word for no thread beside the one there is.
    private int threads() {
        Integer count = threads.get();
        return count == null ? Runtime.getRuntime().availableProcessors() : count == 0 ? 1 : count;
    }

    private DumpFormat format() {
        if (flattened.get()) {
            return elf.get() ? DumpFormat.FLATTENED_ELF : DumpFormat.FLATTENED;
        }
        if (elf.get()) {
            return DumpFormat.ELF;
        }
        return DumpFormat.ofLabel(format.get())
                .orElseThrow(() -> new IllegalArgumentException(
                        "--format " + format.get() + ": kdump, elf, flattened, flattened-elf and raw are known"));
    }

    private PageCodec codec() {
        if (zlib.get()) {
            return PageCodec.ZLIB;
        }
        if (lzo.get()) {
            return PageCodec.LZO;
        }
        if (snappy.get()) {
            return PageCodec.SNAPPY;
        }
        if (zstd.get()) {
            return PageCodec.ZSTD;
        }
        return PageCodec.ofLabel(codec.get())
                .orElseThrow(() -> new IllegalArgumentException(
                        "--compress " + codec.get() + ": zstd, zlib, lzo, snappy and none are known"));
    }

    private void tell(CaptureResult result, List<Path> targets, int pageSize) {
        PrintWriter out = targets.contains(STANDARD) && !dryRun.get() ? err() : out();
        double mebibyte = 1 << 20;
        out.printf(
                Locale.ROOT,
                "%s: %.1f MiB of %.0f MiB in %.1f s%n",
                dryRun.get() ? "nothing is written; the dump would be" : result.file(),
                result.bytesOut() / mebibyte,
                result.bytesIn() / mebibyte,
                result.duration().toMillis() / 1000.0);
        if (showStats.get()) {
            new CaptureTables(out, pageSize).stats(result);
        } else {
            out.println("pages: "
                    + Stream.of(PageClass.values())
                            .map(kind -> result.pages().get(kind) + " " + kind.label())
                            .collect(Collectors.joining(", ")));
        }
        result.report().forEach(out::println);
        out.flush();
        result.problems().forEach(problem -> err().println("kdump: " + problem));
        if (!result.complete()) {
            err().println("kdump: the dump is NOT complete; what there is stays as " + result.file());
        }
    }
}
