package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.kdump.kexec.KexecLoader;
import org.kdump.kexec.LoadRequest.Purpose;
import org.kdump.kexec.RunningKernel;

/// `kdump unload`: takes a loaded kernel away.
final class UnloadCommand extends Verb {
    private final Supplier<Boolean> panic = flag("-p --panic --load-panic", "The capture kernel; this is the default.");

    private final Supplier<Boolean> boot = flag("-l --boot --load", "The kernel that 'kdump boot' would boot into.");

    private final Supplier<Boolean> unload = flag("-u --unload", "As is done anyway. For scripts that say so.");

    UnloadCommand() {
        super("unload", "Take the capture kernel away; a panic then ends the machine without a dump.");
    }

    @Override
    public Integer call() throws IOException {
        RunningKernel running = RunningKernel.at(Path.of("/"));
        if (panic.get() || !boot.get()) {
            KexecLoader.unload(running, Purpose.PANIC);
            out().println("unloaded: a panic will leave no dump");
        }
        if (boot.get()) {
            KexecLoader.unload(running, Purpose.BOOT);
            out().println("unloaded: a reboot goes through the firmware");
        }
        return 0;
    }
}
