package org.kdump.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.kdump.kexec.KexecLoader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `kdump unload`: takes the capture kernel away.
@Command(
        name = "unload",
        mixinStandardHelpOptions = true,
        description = "Take the capture kernel away; a panic then ends the machine without a dump.")
final class UnloadCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-p", "--panic"},
            description = "The capture kernel; the only kind that is handled yet, and the default.")
    private boolean panic;

    @Override
    public Integer call() throws IOException {
        KexecLoader.unload();
        spec.commandLine().getOut().println("unloaded: a panic will leave no dump");
        return 0;
    }
}
