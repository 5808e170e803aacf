package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.Partial;

/// A verb that lists the entries of a data structure by their addresses, and what is in them.
abstract class EntriesVerb extends Verb {
    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> printed = options(
            "-s -S", "NAME[.MEMBER,...]", "Print each entry as this struct, or these members of it; may be repeated.");

    private final Supplier<Boolean> hexadecimal = flag("-x", "Print integers in hexadecimal.");

    private final Supplier<Boolean> decimal = flag("-d", "Print integers in decimal; so unless told.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON: an array of entries.");

    EntriesVerb(String name, String description, String... footer) {
        super(name, description, footer);
    }

    /// An entry.
    ///
    /// @param address where it is
    /// @param place more of it by names, as its index
    record Entry(long address, Map<String, Object> place) {
        /// One of which no more is known.
        static Entry at(long address) {
            return new Entry(address, Map.of());
        }
    }

    /// The entries.
    ///
    /// @throws IOException if there are none to be had
    abstract Partial<Entry> entries(Kernel kernel) throws IOException;

    /// Bytes from what is printed as a struct to an entry's address.
    ///
    /// @throws IOException if the kernel's types cannot be read
    long inStruct(Kernel kernel) throws IOException {
        return 0;
    }

    @Override
    public final Integer call() throws IOException {
        try (Kernel kernel = open(dump.get())) {
            Partial<Entry> entries = entries(kernel);
            List<StructPrinter> printers = new ArrayList<>();
            for (String word : printed.get()) {
                printers.add(StructPrinter.of(kernel, word, hexadecimal.get() && !decimal.get()));
            }
            long offset = inStruct(kernel);
            List<Object> all = new ArrayList<>();
            for (Entry entry : kernel.told(entries)) {
                if (json.get()) {
                    all.add(fields(entry, printers, offset));
                } else {
                    print(entry, printers, offset);
                }
            }
            if (json.get()) {
                out().println(Json.of(all));
            }
            out().flush();
            return entries.isWhole() ? 0 : Main.FAILED;
        }
    }

    private void print(Entry entry, List<StructPrinter> printers, long offset) throws IOException {
        out().println(Long.toHexString(entry.address()));
        entry.place().forEach((name, value) -> out().println("  " + name + ": " + value));
        for (StructPrinter printer : printers) {
            out().println(printer.text(entry.address() - offset));
        }
    }

    /// `address`; what the verb adds; with -s `value`, or the members by their paths.
    private static Map<String, Object> fields(Entry entry, List<StructPrinter> printers, long offset)
            throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("address", Json.address(entry.address()));
        fields.putAll(entry.place());
        for (StructPrinter printer : printers) {
            fields.putAll(printer.fields(entry.address() - offset));
        }
        fields.put("address", Json.address(entry.address()));
        return fields;
    }

    /// Whether a word is an offset, and no address or symbol.
    static boolean isOffset(String word) {
        return word.matches("\\d{1,9}") || word.contains(".");
    }

    /// Bytes from an entry's start to what links it: a number, or `STRUCT.MEMBER`.
    final long offset(Kernel kernel, String word) throws IOException {
        return offset(this, kernel, word);
    }

    /// As [#offset(Kernel, String)], for any verb.
    static long offset(Verb verb, Kernel kernel, String word) throws IOException {
        if (word.matches("\\d{1,9}")) {
            return Integer.parseInt(word);
        }
        if (word.matches("0x[0-9a-fA-F]{1,7}")) {
            return Integer.decode(word);
        }
        String[] parts = word.split("\\.", 2);
        if (parts.length < 2) {
            throw verb.misuse("'" + word + "' is no offset: a number of bytes, or STRUCT.MEMBER");
        }
        return kernel.struct(parts[0]).member(parts[1]).offset();
    }
}
