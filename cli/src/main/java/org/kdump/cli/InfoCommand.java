package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.concurrent.Callable;
import org.kdump.kernel.CrashSummary;
import org.kdump.kernel.SummaryText;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.format.VmcoreFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `kdump info`: what happened, to which machine, and what is missing from the dump.
@Command(
        name = "info",
        mixinStandardHelpOptions = true,
        description = "Say what a dump is of: the panic, the task, the machine, and what is missing from the dump.",
        footer = {"", "Exit status: 0, or 1 if something is missing that should be there; what there is is printed."})
final class InfoCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DUMP", description = "An ELF core or kdump-compressed dump, or /proc/vmcore.")
    private Path dump;

    @Option(names = "--json", description = "Answer in JSON.")
    private boolean json;

    @Option(names = "--utc", description = "Print dates in UTC instead of local time.")
    private boolean utc;

    @Override
    public Integer call() throws IOException {
        try (Vmcore vmcore = VmcoreFile.open(dump)) {
            CrashSummary summary = CrashSummary.of(vmcore);
            ZoneId zone = utc ? ZoneId.of("UTC") : ZoneId.systemDefault();
            String text = json ? SummaryText.json(summary) + "\n" : SummaryText.table(summary, zone);
            spec.commandLine().getOut().print(text);
            spec.commandLine().getOut().flush();
            summary.missing().stream().findFirst().ifPresent(this::incomplete);
            return summary.missing().isEmpty() ? 0 : Main.FAILED;
        }
    }

    private void incomplete(String first) {
        spec.commandLine().getErr().println("kdump: " + dump + ": the answer is incomplete: " + first);
    }
}
