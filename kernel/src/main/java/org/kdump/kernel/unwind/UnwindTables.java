package org.kdump.kernel.unwind;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.debuginfo.btf.MemberLocation;
import org.kdump.debuginfo.kallsyms.ModuleTables;
import org.kdump.debuginfo.orc.OrcEntry;
import org.kdump.debuginfo.orc.OrcLayout;
import org.kdump.debuginfo.orc.OrcNumbers;
import org.kdump.debuginfo.orc.OrcTable;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.LoadedModule;
import org.kdump.kernel.symbol.ModuleList;
import org.kdump.vmcore.paging.VirtualMemory;

/// The ORC tables of a crashed kernel and of its modules (arch/x86/kernel/unwind_orc.c). Safe for use by several
/// threads.
public final class UnwindTables {
    /// One that every kernel has, and that is called from C.
    private static final String ANY_FUNCTION = "panic";

    private final List<Part> parts;
    private final Optional<OrcLayout> layout;
    private final ModuleList modules;
    private Optional<List<Part>> moduleParts = Optional.empty();

    /// A table, and what instructions it is about.
    private record Part(List<ModuleTables.Area> areas, OrcTable table) {
        boolean contains(long instruction) {
            return areas.stream().anyMatch(area -> area.contains(instruction));
        }
    }

    private UnwindTables(List<Part> parts, Optional<OrcLayout> layout, ModuleList modules) {
        this.parts = parts;
        this.layout = layout;
        this.modules = modules;
    }

    /// Finds the tables; nothing of them is read yet, and those of modules are found when one is needed.
    ///
    /// @param kernel the kernel's memory, with its symbols
    /// @param modules those whose tables are wanted too
    /// @return without any table if the kernel was built without ORC
    /// @throws MalformedInputException if a table cannot be as large as it says, or entries are not laid out so
    /// @throws IOException if the dump cannot be read
    public static UnwindTables of(TypedMemory kernel, ModuleList modules) throws IOException {
        Optional<StructType> entry = kernel.findStruct("orc_entry");
        if (entry.isEmpty() || kernel.findSymbol("__start_orc_unwind").isEmpty()) {
            return new UnwindTables(List.of(), Optional.empty(), modules);
        }
        Part core = kernelPart(kernel, layout(entry.get()));
        return new UnwindTables(List.of(core), Optional.of(core.table().layout()), modules);
    }

    private synchronized List<Part> moduleParts() throws IOException {
        if (moduleParts.isEmpty()) {
            List<Part> found = new ArrayList<>();
            for (LoadedModule module : layout.isEmpty() ? List.<LoadedModule>of() : modules.all()) {
                found.add(new Part(module.tables().areas(), table(module.structure(), layout.get())));
            }
            moduleParts = Optional.of(found);
        }
        return moduleParts.get();
    }

    private static Part kernelPart(TypedMemory kernel, OrcLayout layout) throws IOException {
        List<ModuleTables.Area> areas =
                List.of(area(kernel, "_stext", "_etext"), area(kernel, "_sinittext", "_einittext"));
        long instructions = kernel.symbol("__start_orc_unwind_ip");
        long count = (kernel.symbol("__stop_orc_unwind_ip") - instructions) / Integer.BYTES;
        OrcTable table = table(kernel, instructions, kernel.symbol("__start_orc_unwind"), count, layout);
        return new Part(areas, table.numberedFor(kernel.symbol(ANY_FUNCTION)).orElse(table));
    }

    private static ModuleTables.Area area(TypedMemory kernel, String start, String end) {
        return new ModuleTables.Area(kernel.symbol(start), kernel.symbol(end) - kernel.symbol(start));
    }

    private static OrcTable table(Struct module, OrcLayout layout) throws IOException {
        return table(
                module.type().memory(),
                module.number("arch.orc_unwind_ip"),
                module.number("arch.orc_unwind"),
                module.number("arch.num_orcs"),
                layout);
    }

    private static OrcTable table(TypedMemory kernel, long instructions, long entries, long count, OrcLayout layout) {
        VirtualMemory memory = kernel.memory();
        return new OrcTable(memory.vmcore().name(), memory::read, instructions, entries, count, layout);
    }

    private static OrcLayout layout(StructType entry) {
        if (entry.size() != OrcLayout.SIZE) {
            throw new MalformedInputException(
                    entry.memory().memory().vmcore().name(),
                    -1,
                    "struct orc_entry",
                    "",
                    "its " + entry.size() + " bytes are not those of x86_64");
        }
        return new OrcLayout(
                bits(entry.member("sp_offset")),
                bits(entry.member("bp_offset")),
                bits(entry.member("sp_reg")),
                bits(entry.member("bp_reg")),
                bits(entry.member("type")),
                entry.find("signal").map(UnwindTables::bits),
                entry.find("end").map(UnwindTables::bits),
                OrcNumbers.FIRST);
    }

    private static OrcLayout.Bits bits(Member member) {
        MemberLocation place = member.place();
        int size = place.isBitField() ? place.bitFieldSize() : (int) member.size() * Byte.SIZE;
        return new OrcLayout.Bits((int) place.bitOffset(), size);
    }

    /// How to get to the caller from an instruction.
    ///
    /// @return empty if the instruction is none of the kernel's or a module's, or its table is not in the dump
    /// @throws IOException if the dump cannot be read
    public Optional<OrcEntry> find(long instruction) throws IOException {
        Optional<OrcTable> table = find(parts, instruction);
        if (table.isEmpty()) {
            table = find(moduleParts(), instruction);
        }
        return table.isPresent() ? table.get().find(instruction) : Optional.empty();
    }

    private static Optional<OrcTable> find(List<Part> parts, long instruction) {
        return parts.stream()
                .filter(part -> part.contains(instruction))
                .map(Part::table)
                .findFirst();
    }

    /// Whether the kernel has none, and its stacks must be read by frame pointers or by guess.
    public boolean isEmpty() {
        return parts.isEmpty();
    }
}
