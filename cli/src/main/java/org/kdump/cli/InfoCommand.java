package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.function.Supplier;
import org.kdump.kernel.crash.CrashSummary;
import org.kdump.kernel.crash.SummaryText;
import org.kdump.kernel.repair.SoundDump;
import org.kdump.vmcore.Vmcore;

/// `kdump info`: what happened, to which machine, and what is missing from the dump.
final class InfoCommand extends Verb {
    private final Supplier<List<Path>> dump = dumps();

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON.");

    private final Supplier<Boolean> utc = flag("--utc", "Print dates in UTC instead of local time.");

    InfoCommand() {
        super(
                "info",
                "Say what a dump is of: the panic, the task, the machine, and what is missing from the dump.",
                "",
                "Exit status: 0, or 1 if something is missing that should be there; what there is is printed.");
    }

    @Override
    public Integer call() throws IOException {
        try (Vmcore vmcore = SoundDump.open(dump.get(), problem -> {}, namelist())) {
            CrashSummary summary = CrashSummary.of(vmcore);
            ZoneId zone = utc.get() ? ZoneId.of("UTC") : ZoneId.systemDefault();
            String text = json.get() ? SummaryText.json(summary) + "\n" : SummaryText.table(summary, zone);
            out().print(text);
            out().flush();
            summary.missing().stream().findFirst().ifPresent(this::incomplete);
            return summary.missing().isEmpty() ? 0 : Main.FAILED;
        }
    }

    private void incomplete(String first) {
        err().println("kdump: " + dump.get().getFirst() + ": the answer is incomplete: " + first);
    }
}
