package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.kdump.kexec.purgatory.Purgatory;

/// `kdump purgatory`: what runs between the two kernels, to be looked at.
final class PurgatoryCommand extends Verb {
    private final Supplier<Path> file =
            required(Path.class, "--dump", "FILE", "The file to write; objdump -dr and readelf -a read it.");

    PurgatoryCommand() {
        super(
                "purgatory",
                "Write purgatory, the code that runs between the two kernels, as an ELF relocatable object.");
    }

    @Override
    public Integer call() throws IOException {
        byte[] object = Purgatory.objectFile();
        Files.write(file.get(), object);
        out().println(file.get() + ": " + object.length + " bytes");
        return 0;
    }
}
