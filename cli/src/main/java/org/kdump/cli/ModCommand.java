package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.debuginfo.kallsyms.ModuleTables;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.crash.Taint;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.symbol.LoadedModule;

/// `kdump mod`: the modules that were loaded.
final class ModCommand extends Verb {
    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> names =
            optionalArguments(String.class, "MODULE", "Names of modules. Default: all.");

    private final Supplier<Boolean> taints = flag("-t", "Only those that taint the kernel, with its letters.");

    private final Supplier<Boolean> load = flag(
            "-s -S -d -D -r -R -o -g",
            "Of crash, which loads a module's symbols by it: here they are read from the dump.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON: an array of modules.");

    ModCommand() {
        super(
                "mod",
                "List the modules that were loaded, the oldest first.",
                "",
                "Their symbols and types are read from the dump: none needs to be loaded from a file.",
                "Exit status: 0, or 1 if there is no such module.");
    }

    @Override
    public Integer call() throws IOException {
        if (load.get()) {
            err().println("kdump: no module needs to be loaded: their symbols and types are read from the dump");
        }
        try (Kernel kernel = open(dump.get())) {
            List<LoadedModule> chosen = new ArrayList<>();
            for (LoadedModule module : kernel.modules().all().reversed()) {
                boolean named = names.get().isEmpty() || names.get().contains(module.name());
                if (named && (!taints.get() || !letters(module).isEmpty())) {
                    chosen.add(module);
                }
            }
            if (json.get()) {
                List<Object> all = new ArrayList<>();
                for (LoadedModule module : chosen) {
                    all.add(fields(module));
                }
                out().println(Json.of(all));
            } else {
                print(chosen);
            }
            out().flush();
            return chosen.isEmpty() && !names.get().isEmpty() ? Main.FAILED : 0;
        }
    }

    private void print(List<LoadedModule> chosen) throws IOException {
        int width = chosen.stream().mapToInt(each -> each.name().length()).max().orElse(0);
        String row = "%016x  %-" + Math.max(width, 4) + "s  %016x  %8s  %s%n";
        String head = row.replace("%016x", "%-16s");
        if (!chosen.isEmpty()) {
            out().printf(head, "     MODULE", "NAME", "     BASE", "SIZE", taints.get() ? "TAINTS" : "SYMBOLS");
        }
        for (LoadedModule module : chosen) {
            out().printf(
                            row,
                            module.structure().address(),
                            module.name(),
                            base(module),
                            size(module),
                            taints.get() ? letters(module) : module.tables().count());
        }
    }

    private static long base(LoadedModule module) {
        return module.tables().areas().stream()
                .mapToLong(ModuleTables.Area::start)
                .reduce((first, second) -> Long.compareUnsigned(first, second) <= 0 ? first : second)
                .orElse(0);
    }

    private static long size(LoadedModule module) {
        return module.tables().areas().stream()
                .mapToLong(ModuleTables.Area::size)
                .sum();
    }

    /// Each a bit of `taints`, as of the kernel's own (`module_flags_taint`, kernel/module/main.c).
    private static String letters(LoadedModule module) throws IOException {
        long bits = module.structure().type().has("taints") ? module.structure().number("taints") : 0;
        StringBuilder letters = new StringBuilder();
        for (Taint taint : Taint.values()) {
            letters.append((bits >> taint.ordinal() & 1) != 0 ? String.valueOf(taint.letter()) : "");
        }
        return letters.toString();
    }

    /// `address`, `name`, `base`, `size` (bytes of all its memory), `symbols` (how many), `taints` (letters).
    private static Map<String, Object> fields(LoadedModule module) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("address", Json.address(module.structure().address()));
        fields.put("name", module.name());
        fields.put("base", Json.address(base(module)));
        fields.put("size", size(module));
        fields.put("symbols", module.tables().count());
        fields.put("taints", letters(module));
        return fields;
    }
}
