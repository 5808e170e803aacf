package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.kdump.debuginfo.namelist.Namelist;
import org.kdump.kernel.repair.SoundDump;
import org.kdump.kernel.why.Why;
import org.kdump.kernel.why.WhyText;
import org.kdump.vmcore.Vmcore;

/// `kdump why`: what killed the machine.
final class WhyCommand extends Verb {
    private final Supplier<List<Path>> dump = dumps();

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON.");

    WhyCommand() {
        super(
                "why",
                "Say what killed the machine: what failed, where, on what stack, and what else looks wrong.",
                "",
                "SIGNATURE is the same for crashes of the same cause, whatever the kernel's build.",
                "Exit status: 0, or 1 if something could not be found out; what there is is printed.");
    }

    @Override
    public Integer call() throws IOException {
        Optional<Namelist> given = namelist();
        try (Vmcore vmcore = SoundDump.open(dump.get(), problem -> {}, given)) {
            Why why = Why.of(vmcore, given);
            out().print(json.get() ? WhyText.json(why) + "\n" : WhyText.page(why));
            out().flush();
            return why.missing().isEmpty() ? 0 : Main.FAILED;
        }
    }
}
