package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.format.Verification;
import org.kdump.vmcore.format.VmcoreFile;

/// `kdump verify`: whether a dump is as it was written.
final class VerifyCommand extends Verb {
    private final Supplier<List<Path>> dump =
            arguments(Path.class, "DUMP", "A dump of any format, or all parts of one that was split.");

    VerifyCommand() {
        super(
                "verify",
                "Read all of a dump: is every page there, can it be decompressed, does it have its checksum?",
                "",
                "kdump writes checksums into dumps of the kdump format, also flattened; other tools do not, and other",
                "formats have no place for them. Exit status: 0 nothing is wrong, 1 the dump is damaged or incomplete.");
    }

    @Override
    public Integer call() throws IOException {
        try (Vmcore vmcore = VmcoreFile.open(dump.get())) {
            Verification found = Verification.of(vmcore, pages -> {});
            out().println(vmcore.name() + ": " + vmcore.format() + ", " + found.pages() + " pages, "
                    + (found.checksums() ? "with checksums: " : "without checksums: ") + verdict(found));
            out().flush();
            found.damage().forEach(damage -> err().println("kdump: " + vmcore.name() + ": " + damage));
            return found.isSound() ? 0 : Main.FAILED;
        }
    }

    private static String verdict(Verification found) {
        if (found.isSound()) {
            return "sound";
        }
        return found.damaged() == 0 ? "not in order" : found.damaged() + " of them damaged or missing";
    }
}
