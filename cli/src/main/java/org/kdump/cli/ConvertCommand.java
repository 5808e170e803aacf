package org.kdump.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.kdump.capture.Rearrange;

/// `kdump convert`: a dump in another format, or with less in it.
final class ConvertCommand extends CaptureCommand {
    private final Supplier<Boolean> rearrange = flag(
            "-R --rearrange",
            "Write the dump that a flattened SOURCE, or standard input, tells of, byte for byte; nothing is filtered.");

    ConvertCommand() {
        super(
                "convert",
                "Write a dump in another format, with less in it, split into parts, or put together from its parts.",
                "SOURCE... TARGET",
                "SOURCE is a dump of any format that kdump reads, flattened, raw or ELF; or all parts of one that was"
                        + " split. TARGET is the dump to write; with --format flattened it may be -, standard output.",
                "Another level of -d leaves out more than SOURCE did; what SOURCE does not hold stays left out.",
                "TARGET is TARGET.incomplete until it is complete. Exit status: 0 complete, 1 not.");
        hiddenFlag("--reassemble", "Several SOURCEs are put together, as makedumpfile has it.");
    }

    @Override
    String defaultLevel() {
        return "0";
    }

    @Override
    int sources(int count) {
        return isSplit() ? 1 : Math.max(1, count - 1);
    }

    @Override
    public Integer call() throws IOException {
        return rearrange.get() ? rearrange() : super.call();
    }

    private int rearrange() throws IOException {
        List<Path> files = files();
        if (files.size() > 2) {
            throw misuse("--rearrange wants a SOURCE, or standard input, and a TARGET");
        }
        Path source = files.size() == 1 ? STANDARD : files.getFirst();
        Path target = files.getLast();
        boolean standard = source.equals(STANDARD);
        String name = standard ? "standard input" : source.toString();
        try (FileInputStream in =
                standard ? new FileInputStream(FileDescriptor.in) : new FileInputStream(source.toFile())) {
            boolean complete = Rearrange.run(name, in.getChannel(), target, isForced());
            if (!complete) {
                err().println("kdump: " + name + " ended early: the dump is NOT complete; what there is stays as "
                        + target + ".incomplete");
            }
            return complete ? 0 : Main.FAILED;
        }
    }
}
