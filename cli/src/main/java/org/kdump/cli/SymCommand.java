package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.kdump.debuginfo.kallsyms.KernelSymbol;
import org.kdump.debuginfo.kallsyms.ModuleTables;
import org.kdump.debuginfo.kallsyms.SymbolPlace;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.symbol.SymbolTables;

/// `kdump sym`: symbols to addresses and back.
final class SymCommand extends Verb {
    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> words = optionalArguments(
            String.class, "SYMBOL|ADDRESS", "Names of symbols, and addresses (hexadecimal, with 0x or without).");

    private final Supplier<Boolean> list = flag("-l", "List all symbols, those of modules last.");

    private final Supplier<Boolean> modules = flag("-M", "List the symbols of all modules.");

    private final Supplier<String> module = option(String.class, "-m", "MODULE", "List the symbols of a module.");

    private final Supplier<String> part =
            option(String.class, "-q", "TEXT", "List the symbols that have this in their names.");

    private final Supplier<Boolean> previous = flag("-p", "The symbol before each, too.");

    private final Supplier<Boolean> next = flag("-n", "The symbol behind each, too.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON: an array of places.");

    private String separator = "[\n";

    SymCommand() {
        super(
                "sym",
                "Translate symbols of the crashed kernel and its modules to addresses, and addresses to symbols.",
                "",
                "Symbols are read from the dump itself (kallsyms): no debuginfo is needed. Offsets are decimal.",
                "Exit status: 0, or 1 if a symbol is not known or there is none at an address.");
    }

    @Override
    public Integer call() throws IOException {
        boolean lists = list.get() || modules.get() || module.get() != null || part.get() != null;
        if (words.get().isEmpty() && !lists) {
            throw misuse("which symbol or address? -l lists all");
        }
        try (Kernel kernel = open(dump.get())) {
            list(kernel);
            List<String> unknown = new ArrayList<>();
            for (String word : words.get()) {
                List<SymbolPlace> places = find(kernel, word);
                for (SymbolPlace place : places) {
                    printWithNeighbours(kernel, place);
                }
                if (places.isEmpty()) {
                    unknown.add(word);
                }
            }
            end();
            unknown.forEach(word -> err().println("kdump: " + word + ": there is no such symbol, and none there"));
            return unknown.isEmpty() ? 0 : Main.FAILED;
        }
    }

    private void list(Kernel kernel) throws IOException {
        Optional<String> text = Optional.ofNullable(part.get());
        if (list.get()) {
            kernel.kernelSymbols().kernel().forEach(in(""));
        } else if (text.isPresent()) {
            kernel.kernelSymbols().kernel().search(text.get()).forEach(in(""));
        }
        if (list.get() || modules.get() || module.get() != null || text.isPresent()) {
            listModules(kernel.symbols(), text);
        }
    }

    private void listModules(SymbolTables all, Optional<String> text) throws IOException {
        boolean found = module.get() == null;
        for (ModuleTables each : all.modules()) {
            if (module.get() == null || module.get().equals(each.name())) {
                found = true;
                all.module(each).symbols().stream()
                        .filter(symbol -> text.isEmpty() || symbol.name().contains(text.get()))
                        .forEach(in(each.name()));
            }
        }
        if (!found) {
            throw new IOException(dump.get() + ": no module '" + module.get() + "' was loaded");
        }
    }

    private Consumer<KernelSymbol> in(String moduleName) {
        return symbol -> print(new SymbolPlace(symbol, 0, 0, moduleName));
    }

    /// The symbols that a word names, or the one at the address that it is; none if there are none.
    private static List<SymbolPlace> find(Kernel kernel, String word) throws IOException {
        OptionalLong address = address(word);
        if (address.isPresent() && address.getAsLong() < 0) {
            // Most addresses are the kernel's own, and then no module needs to be looked for.
            Optional<SymbolPlace> place = kernel.kernelSymbols().nearest(address.getAsLong());
            place = place.isPresent() ? place : kernel.symbols().nearest(address.getAsLong());
            return place.stream().toList();
        }
        List<SymbolPlace> named = kernel.symbols().find(word);
        return named.isEmpty() && address.isPresent()
                ? kernel.symbols().nearest(address.getAsLong()).stream().toList()
                : named;
    }

    private static OptionalLong address(String word) {
        try {
            return OptionalLong.of(Long.parseUnsignedLong(word.startsWith("0x") ? word.substring(2) : word, 16));
        } catch (NumberFormatException notANumber) {
            return OptionalLong.empty();
        }
    }

    private void printWithNeighbours(Kernel kernel, SymbolPlace place) throws IOException {
        long address = place.symbol().address();
        if (previous.get()) {
            kernel.symbols().nearest(address - 1).ifPresent(before -> print(start(before)));
        }
        print(place);
        if (next.get() && place.size() > 0) {
            kernel.symbols().nearest(address + place.size()).ifPresent(behind -> print(start(behind)));
        }
    }

    private static SymbolPlace start(SymbolPlace place) {
        return new SymbolPlace(place.symbol(), 0, place.size(), place.module());
    }

    private void print(SymbolPlace place) {
        out().print(json.get() ? separator + Json.of(fields(place)) : line(place));
        separator = ",\n";
    }

    private void end() {
        out().print(!json.get() ? "" : separator.equals("[\n") ? "[]\n" : "\n]\n");
        out().flush();
    }

    /// As crash prints it, without the source line.
    private static String line(SymbolPlace place) {
        KernelSymbol symbol = place.symbol();
        return Long.toHexString(symbol.address() + place.offset())
                + " (" + symbol.type() + ") " + symbol.name()
                + (place.offset() == 0 ? "" : "+" + place.offset())
                + (place.module().isEmpty() ? "" : " [" + place.module() + "]") + "\n";
    }

    private Map<String, Object> fields(SymbolPlace place) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("address", Json.address(place.symbol().address() + place.offset()));
        fields.put("symbol", place.symbol().name());
        fields.put("type", place.symbol().type());
        fields.put("offset", place.offset());
        fields.put("size", place.size() == 0 ? null : place.size());
        fields.put("module", place.module().isEmpty() ? null : place.module());
        return fields;
    }
}
