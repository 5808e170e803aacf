package org.kdump.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.kdump.debuginfo.namelist.Namelist;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.object.CpuList;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/// A verb of the command: a subclass declares its options and arguments as fields, and says what is done.
///
/// They are declared in code and not by annotations, for picocli takes 0.1 s to read those at each start, and
/// seconds in an emulated machine. What a field supplies is there once the command line is parsed, thus in
/// [#call] only. An option's names are given in one string, with a space between them.
abstract class Verb implements Callable<Integer> {
    /// Those whose `-h` is crash's.
    private static final Set<String> HAVE_OTHER_H = Set.of("kmem", "list", "search");

    /// What names the argument that is a dump.
    private static final String DUMP = "DUMP";

    private final CommandSpec spec;
    private Supplier<Path> namelist = () -> null;

    /// @param name the word that calls it
    /// @param description a sentence
    /// @param footer lines below the options
    Verb(String name, String description, String... footer) {
        spec = CommandSpec.wrapWithoutInspection(this)
                .name(name)
                .addOption(HAVE_OTHER_H.contains(name) ? help("--help") : help("-h", "--help"));
        spec.usageMessage().description(description).footer(footer);
    }

    /// The option that every command has.
    static OptionSpec help(String... names) {
        return OptionSpec.builder(names)
                .usageHelp(true)
                .description("Show this help message and exit.")
                .build();
    }

    /// Does it.
    ///
    /// @return the exit status
    /// @throws IOException if it fails; told in one line
    @Override
    public abstract Integer call() throws IOException;

    /// What the command line's parser needs to know.
    final CommandSpec spec() {
        return spec;
    }

    /// An argument that must be given.
    final <T> Supplier<T> argument(Class<T> type, String label, String description) {
        if (label.equals(DUMP)) {
            declareNamelist();
        }
        PositionalParamSpec argument = PositionalParamSpec.builder()
                .type(type)
                .paramLabel(label)
                .index(Integer.toString(spec.positionalParameters().size()))
                .required(true)
                .description(description)
                .build();
        spec.addPositional(argument);
        return argument::getValue;
    }

    /// The argument that is a dump, or the parts of one.
    final Supplier<List<Path>> dumps() {
        declareNamelist();
        return arguments(Path.class, DUMP, "A dump of any format, all parts of one that was split, or /proc/vmcore.");
    }

    private void declareNamelist() {
        namelist = option(
                Path.class,
                "--vmlinux",
                "FILE",
                "The kernel's vmlinux or System.map, for a dump that has no symbols or types of its own.");
    }

    /// Arguments of one kind, of which at least one must be given; the last that the verb declares.
    final <T> Supplier<List<T>> arguments(Class<T> type, String label, String description) {
        PositionalParamSpec arguments = listOf(type, label, description, 1);
        return arguments::getValue;
    }

    /// As [#arguments], but none need be given.
    final <T> Supplier<List<T>> optionalArguments(Class<T> type, String label, String description) {
        PositionalParamSpec arguments = listOf(type, label, description, 0);
        return () -> arguments.getValue() == null ? List.of() : arguments.getValue();
    }

    private PositionalParamSpec listOf(Class<?> type, String label, String description, int least) {
        PositionalParamSpec arguments = PositionalParamSpec.builder()
                .type(List.class)
                .auxiliaryTypes(type)
                .paramLabel(label)
                .index(spec.positionalParameters().size() + "..*")
                .arity(least + "..*")
                .required(least > 0)
                .description(description)
                .build();
        spec.addPositional(arguments);
        return arguments;
    }

    /// An option without a value: whether it is given.
    final Supplier<Boolean> flag(String names, String description) {
        return add(flagOf(names).description(description));
    }

    /// As [#flag], but help does not list it.
    final Supplier<Boolean> hiddenFlag(String names, String description) {
        return add(flagOf(names).description(description).hidden(true));
    }

    /// An option without a value that may be given several times: as many elements as it was.
    final Supplier<boolean[]> repeatedFlag(String names, String description) {
        Supplier<boolean[]> given =
                add(option(boolean[].class, names).arity("0").description(description));
        return () -> given.get() == null ? new boolean[0] : given.get();
    }

    /// An option with a value, which is null if it is not given.
    final <T> Supplier<T> option(Class<T> type, String names, String label, String description) {
        return add(option(type, names).paramLabel(label).description(description));
    }

    /// As [#option(Class, String, String, String)], but help does not list it.
    final <T> Supplier<T> hiddenOption(Class<T> type, String names, String label, String description) {
        return add(
                option(type, names).paramLabel(label).description(description).hidden(true));
    }

    /// An option that may be given several times, and that help does not list; none if it is not given.
    final Supplier<List<String>> hiddenOptions(String names) {
        return severalOf(option(List.class, names).hidden(true));
    }

    /// An option that may be given several times; none if it is not given.
    final Supplier<List<String>> options(String names, String label, String description) {
        return severalOf(option(List.class, names).paramLabel(label).description(description));
    }

    private Supplier<List<String>> severalOf(OptionSpec.Builder builder) {
        Supplier<List<String>> values = add(builder.auxiliaryTypes(String.class).arity("1"));
        return () -> values.get() == null ? List.of() : values.get();
    }

    /// An option whose value has a default.
    final <T> Supplier<T> option(Class<T> type, String names, String label, String description, String otherwise) {
        return add(
                option(type, names).paramLabel(label).description(description).defaultValue(otherwise));
    }

    /// An option that must be given.
    final <T> Supplier<T> required(Class<T> type, String names, String label, String description) {
        return add(
                option(type, names).paramLabel(label).description(description).required(true));
    }

    private static OptionSpec.Builder flagOf(String names) {
        return option(boolean.class, names).defaultValue("false");
    }

    private static OptionSpec.Builder option(Class<?> type, String names) {
        return OptionSpec.builder(names.split(" ")).type(type);
    }

    private <T> Supplier<T> add(OptionSpec.Builder builder) {
        ArgSpec option = builder.build();
        spec.add(option);
        return option::getValue;
    }

    /// The CPUs that an option's value names; all if it is not given.
    final CpuList cpuList(String option, String text) {
        try {
            return text == null ? CpuList.ALL : CpuList.parse(text);
        } catch (IOException notOne) {
            throw misuse(option + ": " + notOne.getMessage());
        }
    }

    /// Where answers go.
    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /// Where warnings go.
    final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /// Opens a dump; what is missing from its answers is told as warnings.
    final Kernel open(Path dump) throws IOException {
        return Kernel.open(dump, problem -> err().println("kdump: " + problem), namelist());
    }

    /// What the file of `--vmlinux` knows; empty if none is given.
    final Optional<Namelist> namelist() throws IOException {
        Path file = namelist.get();
        return file == null ? Optional.empty() : Optional.of(Namelist.read(file));
    }

    /// What is thrown when the words on the command line do not go together.
    final ParameterException misuse(String reason) {
        return new ParameterException(spec.commandLine(), reason);
    }
}
