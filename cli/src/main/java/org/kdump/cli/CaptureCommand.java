package org.kdump.cli;

import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
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
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `kdump capture`: takes a dump.
@Command(
        name = "capture",
        mixinStandardHelpOptions = true,
        description = "Take a dump: filter, compress and write the memory of a dead machine, or an existing dump.",
        footer = {
            "",
            "The dump appears as TARGET when it is complete, and is TARGET.incomplete before. Exit status: 0 complete,",
            "1 not (pages could not be read, the disk is full); what was written stays and can be opened."
        })
final class CaptureCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "SOURCE", description = "/proc/vmcore in the capture kernel, or any dump.")
    private Path source;

    @Parameters(paramLabel = "TARGET", description = "The dump to write.")
    private Path target;

    @Option(
            names = {"-d", "--dump-level"},
            paramLabel = "LEVEL",
            defaultValue = "17",
            description = "What to leave out: 1 zero pages, 16 free pages, 17 both, 0 nothing. Default: 17."
                    + " makedumpfile's other levels are not handled yet, and refused.")
    private int level;

    @Option(
            names = "--compress",
            paramLabel = "CODEC",
            defaultValue = "zstd",
            description = "How pages are compressed: zstd, zlib or none. Default: zstd.")
    private String codec;

    @Option(names = "-c", hidden = true, description = "--compress zlib, as makedumpfile has it.")
    private boolean zlib;

    @Option(names = "-z", hidden = true, description = "--compress zstd, as makedumpfile has it.")
    private boolean zstd;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "kdump",
            description = "kdump (kdump-compressed) or elf. Default: kdump.")
    private String format;

    @Option(names = "-E", hidden = true, description = "--format elf, as makedumpfile has it.")
    private boolean elf;

    @Option(
            names = {"--threads", "--num-threads"},
            paramLabel = "N",
            description = "How many threads compress. Default: one for each processor.")
    private Integer threads;

    @Option(
            names = {"-f", "--force"},
            description = "Overwrite the target if it exists.")
    private boolean force;

    @Option(
            names = {"-q", "--quiet"},
            description = "Show no progress.")
    private boolean quiet;

    @Override
    public Integer call() throws IOException {
        CaptureRequest request = request();
        try (Vmcore vmcore = VmcoreFile.open(source)) {
            ProgressListener progress = quiet ? ProgressListener.NONE : console();
            CaptureResult result = Capture.run(vmcore, target, request, progress);
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
                    new DumpLevel(level),
                    elf ? DumpFormat.ELF : format(),
                    zlib ? PageCodec.ZLIB : zstd ? PageCodec.ZSTD : codec(),
                    1,
                    threads == null ? Runtime.getRuntime().availableProcessors() : threads,
                    force);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    private DumpFormat format() {
        return switch (format) {
            case "kdump" -> DumpFormat.KDUMP;
            case "elf" -> DumpFormat.ELF;
            default -> throw new IllegalArgumentException("--format " + format + ": kdump and elf are known");
        };
    }

    private PageCodec codec() {
        for (PageCodec known : PageCodec.values()) {
            if (known.name().toLowerCase(Locale.ROOT).equals(codec)) {
                return known;
            }
        }
        throw new IllegalArgumentException("--compress " + codec + ": zstd, zlib and none are known");
    }

    private void tell(CaptureResult result) {
        PrintWriter out = spec.commandLine().getOut();
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
        result.problems().forEach(problem -> spec.commandLine().getErr().println("kdump: " + problem));
        if (!result.complete()) {
            spec.commandLine()
                    .getErr()
                    .println("kdump: the dump is NOT complete; what there is stays as " + result.file());
        }
    }
}
