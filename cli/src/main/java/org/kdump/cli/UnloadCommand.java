package org.kdump.cli;

import java.io.IOException;
import java.util.function.Supplier;
import org.kdump.kexec.KexecLoader;

/// `kdump unload`: takes the capture kernel away.
final class UnloadCommand extends Verb {
    private final Supplier<Boolean> panic =
            flag("-p --panic", "The capture kernel; the only kind that is handled yet, and the default.");

    UnloadCommand() {
        super("unload", "Take the capture kernel away; a panic then ends the machine without a dump.");
    }

    @Override
    public Integer call() throws IOException {
        KexecLoader.unload();
        out().println("unloaded: a panic will leave no dump");
        return 0;
    }
}
