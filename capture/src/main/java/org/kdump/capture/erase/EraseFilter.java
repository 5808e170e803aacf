package org.kdump.capture.erase;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.kdump.capture.DumpFilter;
import org.kdump.capture.FilterDecisions;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;

/// The filter `erase`: overwrites what the rules in a file name, see [EraseRules]. Its argument is the file.
public final class EraseFilter implements DumpFilter {
    private static final long LARGEST_FILE = 1 << 20;

    /// Made by [java.util.ServiceLoader].
    public EraseFilter() {}

    @Override
    public String name() {
        return "erase";
    }

    @Override
    public void decide(Vmcore source, String argument, FilterDecisions decisions) throws IOException {
        Path file = Path.of(argument);
        if (Files.size(file) > LARGEST_FILE) {
            throw new IOException(file + ": is too large to be rules");
        }
        EraseRules rules = EraseRules.parse(file.toString(), Files.readAllLines(file));
        try {
            new Eraser(source, decisions).erase(rules);
        } catch (MalformedInputException unknown) {
            // A dump with a secret in it is not what was asked for, but no dump at all is worse: it is told.
            decisions.problem("NOTHING IS ERASED: " + unknown.getMessage());
        }
    }
}
