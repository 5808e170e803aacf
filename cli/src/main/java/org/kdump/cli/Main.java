package org.kdump.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The entry point of the `kdump` command.
///
/// Exit status: 0 done, 1 failed, 2 wrong use. Whatever fails is told in one line on standard error.
@Command(
        name = "kdump",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "VERB",
        description = "The whole life of a Linux kernel crash dump: load, capture, explain.",
        footer = {"", "'kdump VERB --help' explains a verb."},
        subcommands = {})
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    Main() {}

    /// Runs one verb and exits with its status.
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main());
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which verb? See 'kdump --help'");
    }
}
