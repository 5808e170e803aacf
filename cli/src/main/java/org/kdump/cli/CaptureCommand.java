package org.kdump.cli;

import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.kdump.capture.Capture;
import org.kdump.capture.CaptureRequest;
import org.kdump.capture.CaptureResult;
import org.kdump.capture.ConsoleProgress;
import org.kdump.capture.DumpFormat;
import org.kdump.capture.DumpLevel;
import org.kdump.capture.PageClass;
import org.kdump.capture.ProgressListener;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.format.VmcoreFile;

/// `kdump capture`: takes a dump.
final class CaptureCommand extends Verb {
    private final Supplier<Path> source =
            argument(Path.class, "SOURCE", "/proc/vmcore in the capture kernel, or any dump.");

    private final Supplier<Path> target = argument(Path.class, "TARGET", "The dump to write.");

    private final Supplier<Integer> level = option(
            Integer.class,
            "-d --dump-level",
            "LEVEL",
            "What to leave out: 1 zero pages, 16 free pages, 17 both, 0 nothing. Default: 17."
                    + " makedumpfile's other levels are not handled yet, and refused.",
            "17");

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

    private final Supplier<String> format =
            option(String.class, "--format", "FORMAT", "kdump (kdump-compressed) or elf. Default: kdump.", "kdump");

    private final Supplier<Boolean> elf = hiddenFlag("-E", "--format elf, as makedumpfile has it.");

    private final Supplier<Integer> threads = option(
            Integer.class,
            "--threads --num-threads",
            "N",
            "How many threads compress. Default: one for each processor.");

    private final Supplier<Boolean> force = flag("-f --force", "Overwrite the target if it exists.");

    private final Supplier<Boolean> quiet = flag("-q --quiet", "Show no progress.");

    CaptureCommand() {
        super(
                "capture",
                "Take a dump: filter, compress and write the memory of a dead machine, or an existing dump.",
                "",
                "The dump appears as TARGET when it is complete, and is TARGET.incomplete before. Exit status: 0 complete,",
                "1 not (pages could not be read, the disk is full); what was written stays and can be opened.");
    }

    @Override
    public Integer call() throws IOException {
        CaptureRequest request = request();
        try (Vmcore vmcore = VmcoreFile.open(source.get())) {
            ProgressListener progress = quiet.get() ? ProgressListener.NONE : console();
            CaptureResult result = Capture.run(vmcore, target.get(), request, progress);
            tell(result);
            return result.exitStatus();
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
            return new CaptureRequest(
                    new DumpLevel(level.get()),
                    elf.get() ? DumpFormat.ELF : format(),
                    codec(),
                    1,
                    threads.get() == null ? Runtime.getRuntime().availableProcessors() : threads.get(),
                    force.get());
        } catch (IllegalArgumentException e) {
            throw misuse(e.getMessage());
        }
    }

    private DumpFormat format() {
        return switch (format.get()) {
            case "kdump" -> DumpFormat.KDUMP;
            case "elf" -> DumpFormat.ELF;
            default -> throw new IllegalArgumentException("--format " + format.get() + ": kdump and elf are known");
        };
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

    private void tell(CaptureResult result) {
        PrintWriter out = out();
        double mebibyte = 1 << 20;
        out.printf(
                "%s: %.1f MiB of %.0f MiB in %.1f s%n",
                result.file(),
                result.bytesOut() / mebibyte,
                result.bytesIn() / mebibyte,
                result.duration().toMillis() / 1000.0);
        out.println("pages: "
                + Stream.of(PageClass.values())
                        .map(kind -> result.pages().get(kind) + " " + kind.label())
                        .collect(Collectors.joining(", ")));
        out.flush();
        result.problems().forEach(problem -> err().println("kdump: " + problem));
        if (!result.complete()) {
            err().println("kdump: the dump is NOT complete; what there is stays as " + result.file());
        }
    }
}
