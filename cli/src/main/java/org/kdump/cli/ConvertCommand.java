package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.kdump.kernel.repair.SoundDump;
import org.kdump.vmcore.Vmcore;

/// `kdump convert`: a dump in another format, or with less in it.
final class ConvertCommand extends CaptureCommand {
    ConvertCommand() {
        super(
                "convert",
                "Write a dump in another format, with less in it, split into parts, or put together from its parts.",
                "SOURCE... TARGET",
                "SOURCE is a dump of any format that kdump reads, flattened, raw or ELF; or all parts of one that was"
                        + " split. TARGET is the dump to write; with --format flattened it may be -, standard output.",
                "Another level of -d leaves out more than SOURCE did; what SOURCE does not hold stays left out.",
                "TARGET is TARGET.incomplete until it is complete. Exit status: 0 complete, 1 not.");
    }

    @Override
    String defaultLevel() {
        return "0";
    }

    @Override
    int sources(int count) {
        return isSplit() ? 1 : Math.max(1, count - 1);
    }

    /// What is to be left out is found by VMCOREINFO. If that is lost, it is looked for in memory,
    /// for which, other than in a capture kernel, there is time.
    @Override
    Vmcore open(List<Path> files) throws IOException {
        return SoundDump.open(files, problem -> err().println("kdump: " + problem), Optional.empty());
    }
}
