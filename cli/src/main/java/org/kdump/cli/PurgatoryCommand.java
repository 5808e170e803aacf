package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.kdump.kexec.purgatory.Purgatory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `kdump purgatory`: what runs between the two kernels, to be looked at.
@Command(
        name = "purgatory",
        mixinStandardHelpOptions = true,
        description = "Write purgatory, the code that runs between the two kernels, as an ELF relocatable object.")
final class PurgatoryCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--dump",
            required = true,
            paramLabel = "FILE",
            description = "The file to write; objdump -dr and readelf -a read it.")
    private Path file;

    @Override
    public Integer call() throws IOException {
        byte[] object = Purgatory.objectFile();
        Files.write(file, object);
        spec.commandLine().getOut().println(file + ": " + object.length + " bytes");
        return 0;
    }
}
