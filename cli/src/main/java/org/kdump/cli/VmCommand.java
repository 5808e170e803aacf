package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.file.MappedArea;
import org.kdump.kernel.file.VmFlags;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.ValueJson;
import org.kdump.kernel.object.ValueReader;
import org.kdump.kernel.object.ValueText;
import org.kdump.kernel.task.MemoryUse;
import org.kdump.kernel.task.Task;
import org.kdump.kernel.task.UserMemory;
import org.kdump.vmcore.paging.AddressSpace;

/// `kdump vm`: the virtual memory of tasks.
final class VmCommand extends TaskVerb {
    private static final String HEAD = "      VMA           START       END     FLAGS FILE";

    private final Supplier<Boolean> translated = flag("-p", "Where each page is in physical memory.");

    private final Supplier<String> area = option(String.class, "-P", "VMA", "As -p, of this area only.");

    private final Supplier<String> memory =
            option(String.class, "-M", "MM", "Of this mm_struct, should the task have given up its own.");

    private final Supplier<String> reference = option(
            String.class,
            "-R",
            "REFERENCE",
            "Only areas that have this as an address, their flags or in their name, and only tasks that have such.");

    private final Supplier<Boolean> structure = flag("-m", "The task's mm_struct.");

    private final Supplier<Boolean> areas = flag("-v", "The task's vm_area_structs.");

    private final Supplier<Boolean> hexadecimal = flag("-x", "With -m and -v: integers in hexadecimal.");

    private final Supplier<Boolean> decimal = flag("-d", "With -m and -v: integers in decimal; so unless told.");

    private final Supplier<String> flags =
            option(String.class, "-f", "FLAGS", "What these vm_flags (hexadecimal) mean, of no task.");

    VmCommand() {
        super("vm", "List the areas of tasks' virtual memory, and what is mapped there.");
    }

    private Optional<Struct> memory(Kernel kernel, Task task) throws IOException {
        Optional<Struct> own = task.memory();
        return own.isPresent() || memory.get() == null
                ? own
                : Optional.of(kernel.types().struct("mm_struct", kernel.address(memory.get())));
    }

    private List<MappedArea> areas(Kernel kernel, Struct mm) throws IOException {
        long only = area.get() == null ? 0 : kernel.address(area.get());
        return kernel.told(MappedArea.of(mm)).stream()
                .filter(each -> only == 0 || each.address() == only)
                .filter(this::isMeant)
                .toList();
    }

    private boolean isMeant(MappedArea each) {
        if (reference.get() == null) {
            return true;
        }
        String word = reference.get().replaceFirst("^0x", "");
        boolean isNumber = word.matches("[0-9a-fA-F]{1,16}");
        long number = isNumber ? Long.parseUnsignedLong(word, 16) : 0;
        boolean within = isNumber && number >= each.start() && number < each.end();
        return within
                || isNumber && (number == each.address() || number == each.flags() || number == each.end())
                || each.file().contains(reference.get());
    }

    @Override
    boolean isWanted(Kernel kernel, Task task) throws IOException {
        Optional<Struct> mm = memory(kernel, task);
        return reference.get() == null
                || mm.isPresent() && !areas(kernel, mm.get()).isEmpty();
    }

    @Override
    void print(Kernel kernel, Task task) throws IOException {
        Optional<Struct> mm = memory(kernel, task);
        if (mm.isEmpty()) {
            out().println("(no user memory)");
        } else if (structure.get()) {
            out().println(text(kernel, mm.get()));
        } else if (areas.get()) {
            for (MappedArea each : areas(kernel, mm.get())) {
                out().println(text(kernel, kernel.types().struct("vm_area_struct", each.address())));
            }
        } else {
            printAreas(kernel, task, mm.get());
        }
    }

    private String text(Kernel kernel, Struct struct) throws IOException {
        boolean hex = hexadecimal.get() && !decimal.get();
        var value = ValueReader.read(kernel.types(), struct.type().id(), struct.address());
        return struct.type() + " " + ValueText.of(value, hex, 0, SymbolText.of(kernel));
    }

    private void printAreas(Kernel kernel, Task task, Struct mm) throws IOException {
        MemoryUse use = kernel.memoryUse(task);
        long kibibytes = kernel.vmcore().pageSize() / 1024;
        if (area.get() == null) {
            out().println("       MM               PGD          RSS    TOTAL_VM");
            out().printf(
                            "%016x  %016x  %dk    %dk%n",
                            mm.address(),
                            mm.number("pgd"),
                            use.residentPages() * kibibytes,
                            use.virtualPages() * kibibytes);
        }
        boolean pages = translated.get() || area.get() != null;
        out().print(pages ? "" : HEAD + "\n");
        for (MappedArea each : areas(kernel, mm)) {
            out().print(pages ? HEAD + "\n" : "");
            out().printf(
                            "%016x %10x %10x %7x %s%n",
                            each.address(), each.start(), each.end(), each.flags(), each.file());
            if (pages) {
                printPages(kernel, mm, each);
            }
        }
    }

    private void printPages(Kernel kernel, Struct mm, MappedArea each) throws IOException {
        AddressSpace space = UserMemory.of(mm).space();
        Struct structure = kernel.types().struct("vm_area_struct", each.address());
        out().println("VIRTUAL     PHYSICAL");
        for (long at : UserPage.pages(kernel, each)) {
            out().printf(
                            "%-10x  %s%n",
                            at, UserPage.of(structure, each, space, at).text());
        }
    }

    /// `mm`, `pgd` (addresses; null without user memory), `resident_kib`, `virtual_kib`, `areas`: each
    /// `address`, `start`, `end`, `flags` (hexadecimal), `file` (null if there is none); with -p `pages` of
    /// it, each `virtual`, `physical`, `swap` and `offset`, as `vtop` has them; with -m `value` (the
    /// mm_struct's members); with -v `value` of each area.
    @Override
    void describe(Kernel kernel, Task task, Map<String, Object> fields) throws IOException {
        Optional<Struct> mm = memory(kernel, task);
        MemoryUse use = kernel.memoryUse(task);
        long kibibytes = kernel.vmcore().pageSize() / 1024;
        fields.put("mm", mm.map(each -> Json.address(each.address())));
        fields.put("pgd", mm.isPresent() ? Json.address(mm.get().number("pgd")) : null);
        fields.put("resident_kib", use.residentPages() * kibibytes);
        fields.put("virtual_kib", use.virtualPages() * kibibytes);
        if (structure.get()) {
            fields.put("value", mm.isPresent() ? value(mm.get()) : null);
        }
        List<Object> all = new ArrayList<>();
        for (MappedArea each : mm.isPresent() ? areas(kernel, mm.get()) : List.<MappedArea>of()) {
            all.add(fields(kernel, mm.get(), each));
        }
        fields.put("areas", all);
    }

    private Map<String, Object> fields(Kernel kernel, Struct mm, MappedArea each) throws IOException {
        Map<String, Object> fields = Table.row(
                "address", Json.address(each.address()),
                "start", Json.address(each.start()),
                "end", Json.address(each.end()),
                "flags", Json.address(each.flags()),
                "file", each.file().isEmpty() ? null : each.file());
        Struct struct = kernel.types().struct("vm_area_struct", each.address());
        if (translated.get() || area.get() != null) {
            AddressSpace space = UserMemory.of(mm).space();
            List<Object> pages = new ArrayList<>();
            for (long at : UserPage.pages(kernel, each)) {
                pages.add(UserPage.of(struct, each, space, at).fields());
            }
            fields.put("pages", pages);
        }
        if (areas.get()) {
            fields.put("value", value(struct));
        }
        return fields;
    }

    private static Object value(Struct struct) throws IOException {
        return ValueJson.of(
                ValueReader.read(struct.type().memory(), struct.type().id(), struct.address()));
    }

    @Override
    boolean isOfNoTask() {
        return flags.get() != null;
    }

    /// `flags`, `names`.
    @Override
    int answer(Kernel kernel, boolean asJson) throws IOException {
        long bits;
        try {
            bits = Long.parseUnsignedLong(flags.get().replaceFirst("^0x", ""), 16);
        } catch (NumberFormatException notANumber) {
            throw misuse("-f " + flags.get() + ": flags are a hexadecimal number");
        }
        List<String> names = VmFlags.names(bits);
        out().println(
                        asJson
                                ? Json.of(Table.row("flags", Json.address(bits), "names", names))
                                : Long.toHexString(bits) + ": (" + String.join("|", names) + ")");
        out().flush();
        return 0;
    }
}
