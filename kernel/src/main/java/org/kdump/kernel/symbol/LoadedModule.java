package org.kdump.kernel.symbol;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.debuginfo.kallsyms.ModuleTables;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.MemoryFault;

/// A module of the crashed kernel.
///
/// @param structure its `struct module`
/// @param tables where its code, data and symbols are
public record LoadedModule(Struct structure, ModuleTables tables) {
    /// All modules, the newest first, with one that is being set up or taken down: its memory is
    /// there as long as it is in the list. A module that cannot be read is left out, and told.
    ///
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<LoadedModule> all(TypedMemory kernel) throws IOException {
        Optional<StructType> type = kernel.findStruct("module");
        if (type.isEmpty() || kernel.findSymbol("modules").isEmpty()) {
            return new Partial<>(List.of(), Optional.empty());
        }
        Partial<Struct> structures = Lists.entries(type.get(), "list", kernel.symbol("modules"));
        List<LoadedModule> all = new ArrayList<>();
        Optional<String> problem = structures.problem();
        for (Struct structure : structures.items()) {
            try {
                all.add(of(structure));
            } catch (MemoryFault e) {
                problem = problem.or(() -> Optional.of("a module cannot be read: " + e.getMessage()));
            }
        }
        return new Partial<>(all, problem);
    }

    private static LoadedModule of(Struct module) throws IOException {
        String name = module.text("name");
        Optional<Struct> kallsyms = module.follow("kallsyms");
        if (kallsyms.isEmpty()) {
            return new LoadedModule(module, new ModuleTables(name, areas(module), 0, 0, 0, 0));
        }
        Struct tables = kallsyms.get();
        return new LoadedModule(
                module,
                new ModuleTables(
                        name,
                        areas(module),
                        tables.number("symtab"),
                        tables.number("num_symtab"),
                        tables.number("strtab"),
                        tables.type().has("typetab") ? tables.number("typetab") : 0));
    }

    /// Since Linux 6.4 (commit ac3b43283923, "module: replace module_layout with module_memory") each kind of memory is
    /// an area of its own; before, the text came first in one that held everything.
    private static List<ModuleTables.Area> areas(Struct module) throws IOException {
        List<ModuleTables.Area> areas = new ArrayList<>();
        for (int i = 0; module.type().has("mem[" + i + "]"); i++) {
            areas.add(area(module.inner("mem[" + i + "]"), 0));
        }
        for (String layout : areas.isEmpty() ? List.of("core_layout", "init_layout") : List.<String>of()) {
            Struct memory = module.inner(layout);
            long text = memory.number("text_size");
            areas.add(new ModuleTables.Area(memory.number("base"), text));
            areas.add(area(memory, text));
        }
        areas.removeIf(area -> area.size() <= 0);
        return List.copyOf(areas);
    }

    private static ModuleTables.Area area(Struct memory, long from) throws IOException {
        return new ModuleTables.Area(memory.number("base") + from, memory.number("size") - from);
    }

    /// Its name.
    public String name() {
        return tables.name();
    }
}
