package org.kdump.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.elf.MalformedInputException;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// The entry point of the `kdump` command.
///
/// Exit status: 0 done, 1 failed, 2 wrong use. Whatever fails is told in one line on standard error.
public final class Main implements Runnable {
    /// Exit status of a verb that could not do what it was asked.
    static final int FAILED = 1;

    /// Exit status of wrong use.
    static final int USAGE = 2;

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this).name("kdump");

    private Main() {
        spec.addOption(Verb.help("-h", "--help"));
        spec.addOption(OptionSpec.builder("-V", "--version")
                .description("Print version information and exit.")
                .build());
        spec.usageMessage()
                .synopsisSubcommandLabel("VERB")
                .description("The whole life of a Linux kernel crash dump: load, capture, explain.")
                .footer("", "'kdump VERB --help' explains a verb.");
    }

    /// Runs one verb and ends with its status, at once: an orderly exit first looks for someone to log it to,
    /// which
    /// takes longer than most verbs do.
    public static void main(String[] arguments) {
        int status = execute(arguments);
        System.out.flush();
        System.err.flush();
        Runtime.getRuntime().halt(status);
    }

    /// Runs one verb.
    ///
    /// @return its exit status
    static int execute(String... words) {
        String[] arguments = Foreach.meant(words).orElse(words);
        if (asksVersion(arguments)) {
            System.out.println(Version.text());
            return 0;
        }
        CommandLine main = new CommandLine(new Main().spec);
        addVerbs(main, arguments);
        // picocli's own way to a path is by reflection, which costs 3 ms.
        main.registerConverter(Path.class, Path::of);
        main.setExecutionExceptionHandler(Main::failed);
        main.setParameterExceptionHandler(Main::misused);
        try {
            return main.execute(arguments);
        } catch (OutOfMemoryError | LinkageError | InternalError e) {
            return failed(e, main);
        }
    }

    private static boolean asksVersion(String... arguments) {
        return arguments.length > 0 && (arguments[0].equals("--version") || arguments[0].equals("-V"));
    }

    /// The verbs, in the order of the life of a dump.
    private static Map<String, Supplier<Verb>> verbs() {
        Map<String, Supplier<Verb>> verbs = new LinkedHashMap<>();
        verbs.put("load", LoadCommand::new);
        verbs.put("boot", BootCommand::new);
        verbs.put("unload", UnloadCommand::new);
        verbs.put("status", StatusCommand::new);
        verbs.put("purgatory", PurgatoryCommand::new);
        verbs.put("capture", CaptureCommand::new);
        verbs.put("convert", ConvertCommand::new);
        verbs.put("verify", VerifyCommand::new);
        verbs.put("info", InfoCommand::new);
        verbs.put("why", WhyCommand::new);
        verbs.put("log", LogCommand::new);
        verbs.put("sys", SysCommand::new);
        verbs.put("ps", PsCommand::new);
        verbs.put("set", SetCommand::new);
        verbs.put("task", TaskCommand::new);
        verbs.put("files", FilesCommand::new);
        verbs.put("vm", VmCommand::new);
        verbs.put("mount", MountCommand::new);
        verbs.put("mod", ModCommand::new);
        verbs.put("bt", BtCommand::new);
        verbs.put("foreach", ForeachCommand::new);
        verbs.put("kmem", KmemCommand::new);
        verbs.put("irq", IrqCommand::new);
        verbs.put("timer", TimerCommand::new);
        verbs.put("runq", RunqCommand::new);
        verbs.put("net", NetCommand::new);
        verbs.put("mach", MachCommand::new);
        verbs.put("search", SearchCommand::new);
        verbs.put("dev", DevCommand::new);
        verbs.put("sym", SymCommand::new);
        verbs.put("rd", RdCommand::new);
        verbs.put("dis", DisCommand::new);
        verbs.put("vtop", VtopCommand::new);
        for (AddressCommand.Kind kind : AddressCommand.Kind.values()) {
            verbs.put(kind.verb(), () -> new AddressCommand(kind));
        }
        verbs.put("struct", () -> new StructCommand("struct"));
        verbs.put("union", () -> new StructCommand("union"));
        verbs.put("whatis", WhatisCommand::new);
        verbs.put("p", PCommand::new);
        verbs.put("list", ListCommand::new);
        verbs.put("tree", TreeCommand::new);
        verbs.put("demo", DemoCommand::new);
        return verbs;
    }

    /// Adds the one verb that is meant, for each costs time to set up; all of them where help or an error
    /// lists them.
    private static void addVerbs(CommandLine main, String[] arguments) {
        Map<String, Supplier<Verb>> verbs = verbs();
        String first = arguments.length == 0 ? "" : arguments[0];
        if (verbs.containsKey(first)) {
            main.addSubcommand(first, verbs.get(first).get().spec());
            return;
        }
        verbs.forEach((name, verb) -> main.addSubcommand(name, verb.get().spec()));
        main.addSubcommand(new CommandLine.HelpCommand());
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which verb?");
    }

    private static int failed(Exception failure, CommandLine command, ParseResult parsed) {
        return failed(failure, command);
    }

    private static int failed(Throwable failure, CommandLine command) {
        PrintWriter err = command.getErr();
        err.println("kdump: " + reason(failure));
        if (System.getenv("KDUMP_DEBUG") != null) {
            failure.printStackTrace(err);
        }
        return FAILED;
    }

    /// What went wrong, in one line.
    static String reason(Throwable failure) {
        String message = failure.getMessage();
        return switch (failure) {
            case MalformedInputException malformed -> malformed.getMessage();
            case FileSystemException file when file.getReason() != null -> message;
            case NoSuchFileException missing -> missing.getFile() + ": there is no such file or directory";
            case AccessDeniedException denied -> denied.getFile() + ": permission denied";
            case FileAlreadyExistsException existing -> existing.getFile() + ": exists already; --force overwrites it";
            case IOException io when message != null -> message;
            case UserException user -> message;
            case OutOfMemoryError memory -> "not enough memory for this: " + message;
            // What a mapped file raises that is cut off while it is read, or whose disk fails.
            case InternalError fault -> "the file changed or failed while it was being read: " + message;
            default ->
                "internal error: " + failure + "; please report it, with what KDUMP_DEBUG=1 adds (secrets in it aside)";
        };
    }

    private static int misused(ParameterException misuse, String[] arguments) {
        CommandLine command = misuse.getCommandLine();
        PrintWriter err = command.getErr();
        boolean verb = misuse instanceof UnmatchedArgumentException && command.getParent() == null;
        err.println("kdump: " + (verb ? "there is no verb '" + arguments[0] + "'" : misuse.getMessage()));
        err.println("See '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return USAGE;
    }
}
