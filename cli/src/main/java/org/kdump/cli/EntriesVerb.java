package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.Partial;

/// A verb that lists the entries of a data structure by their addresses, and what is in them.
abstract class EntriesVerb extends Verb {
    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<String> printed =
            option(String.class, "-s", "NAME[.MEMBER,...]", "Print each entry as this struct, or these members of it.");

    private final Supplier<Boolean> hexadecimal = flag("-x", "Print integers in hexadecimal.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON: an array of entries.");

    EntriesVerb(String name, String description, String... footer) {
        super(name, description, footer);
    }

    /// The entries' addresses.
    ///
    /// @throws IOException if there are none to be had
    abstract Partial<Long> entries(Kernel kernel) throws IOException;

    @Override
    public final Integer call() throws IOException {
        try (Kernel kernel = open(dump.get())) {
            Partial<Long> entries = entries(kernel);
            Optional<StructPrinter> printer = printed.get() == null
                    ? Optional.empty()
                    : Optional.of(StructPrinter.of(kernel, printed.get(), hexadecimal.get()));
            List<Object> all = new ArrayList<>();
            for (long address : kernel.told(entries)) {
                if (json.get()) {
                    all.add(
                            printer.isPresent()
                                    ? printer.get().fields(address)
                                    : Map.of("address", Json.address(address)));
                } else {
                    out().println(Long.toHexString(address));
                    if (printer.isPresent()) {
                        out().println(printer.get().text(address));
                    }
                }
            }
            if (json.get()) {
                out().println(Json.of(all));
            }
            out().flush();
            return entries.isWhole() ? 0 : Main.FAILED;
        }
    }

    /// Bytes from an entry's start to what links it: a number, or `STRUCT.MEMBER`.
    final long offset(Kernel kernel, String word) throws IOException {
        if (word.matches("\\d{1,9}")) {
            return Integer.parseInt(word);
        }
        String[] parts = word.split("\\.", 2);
        if (parts.length < 2) {
            throw misuse("'" + word + "' is no offset: a number of bytes, or STRUCT.MEMBER");
        }
        return kernel.struct(parts[0]).member(parts[1]).offset();
    }
}
