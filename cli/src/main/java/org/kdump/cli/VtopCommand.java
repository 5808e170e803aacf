package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.file.MappedArea;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.task.Task;
import org.kdump.kernel.task.UserMemory;
import org.kdump.vmcore.paging.AddressSpace;
import org.kdump.vmcore.paging.PageEntry;
import org.kdump.vmcore.paging.TableEntry;
import org.kdump.vmcore.paging.Translation;

/// `kdump vtop`: virtual addresses to physical ones, through the page tables in the dump.
final class VtopCommand extends Verb {
    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> words =
            arguments(String.class, "ADDRESS|SYMBOL", "Virtual addresses (hexadecimal), and names of symbols.");

    private final Supplier<Boolean> user =
            flag("-u", "User addresses of the task that crashed the machine; they are told by themselves.");

    private final Supplier<Boolean> kernelOnly = flag("-k", "Kernel addresses; they are told by themselves.");

    private final Supplier<String> task = option(String.class, "-c", "PID|TASK", "User addresses of this task.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON: an array of translations.");

    private final Foreach foreach = new Foreach(this);

    VtopCommand() {
        super(
                "vtop",
                "Translate virtual addresses to physical ones, and show the page tables on the way.",
                "",
                "Exit status: 0, or 1 if an address is not mapped, or its page tables are not in the dump.");
    }

    @Override
    public Integer call() throws IOException {
        try (Kernel kernel = open(dump.get())) {
            boolean mapped = true;
            List<Object> all = new ArrayList<>();
            for (Optional<Task> each : tasks(kernel)) {
                if (foreach.isAsked() && !json.get()) {
                    out().println(each.orElseThrow().title());
                }
                for (String word : words.get()) {
                    mapped &= answer(kernel, each, kernel.address(word), all);
                }
            }
            if (json.get()) {
                out().println(Json.of(all));
            }
            out().flush();
            return mapped ? 0 : Main.FAILED;
        }
    }

    /// A user's addresses are in the lower half.
    private boolean isOfUser(long address) {
        return !kernelOnly.get() && (user.get() || task.get() != null || address >= 0);
    }

    /// Whose addresses they are: of the tasks that foreach chose, of the one that was named, or of the one
    /// that crashed the machine, which need not be there if the addresses are the kernel's.
    private List<Optional<Task>> tasks(Kernel kernel) throws IOException {
        if (foreach.isAsked()) {
            return foreach.tasks(kernel).stream().map(Optional::of).toList();
        } else if (task.get() == null) {
            return List.of(kernel.stacks().running().panicTask().map(each -> new Task(each.task())));
        }
        List<Task> named = new NamedTasks(kernel).find(List.of(task.get()), new ArrayList<>());
        if (named.isEmpty()) {
            throw new IOException(task.get() + ": there is no such task");
        }
        return List.of(Optional.of(named.getFirst()));
    }

    private boolean answer(Kernel kernel, Optional<Task> owner, long address, List<Object> all) throws IOException {
        Optional<Struct> memory = owner.isPresent() ? owner.get().memory() : Optional.empty();
        boolean ofUser = isOfUser(address);
        if (ofUser && memory.isEmpty()) {
            if (!foreach.isAsked()) {
                throw new IOException("a thread of the kernel has no user memory; -c names a task");
            }
            out().print(json.get() ? "" : "(no user memory)\n\n");
            return true;
        }
        AddressSpace space =
                ofUser ? UserMemory.of(memory.get()).space() : kernel.memory().space();
        Translation translation = space.translate(address);
        List<TableEntry> entries = space.walk(address);
        Optional<MappedArea> area = ofUser ? area(kernel, memory.get(), address) : Optional.empty();
        if (json.get()) {
            Map<String, Object> fields = fields(address, translation, entries);
            fields.put("pid", ofUser ? owner.get().pid() : null);
            fields.put("vma", area.map(each -> Json.address(each.address())));
            fields.put("file", area.map(MappedArea::file).filter(name -> !name.isEmpty()));
            all.add(fields);
        } else {
            print(kernel, address, translation, entries);
            area.ifPresent(each -> out().printf(
                            "      VMA           START       END     FLAGS FILE%n%016x %10x %10x %7x %s%n%n",
                            each.address(), each.start(), each.end(), each.flags(), each.file()));
        }
        return translation instanceof Translation.Mapped;
    }

    private static Optional<MappedArea> area(Kernel kernel, Struct memory, long address) throws IOException {
        return kernel.told(MappedArea.of(memory)).stream()
                .filter(each -> address >= each.start() && address < each.end())
                .findFirst();
    }

    private void print(Kernel kernel, long address, Translation translation, List<TableEntry> entries)
            throws IOException {
        switch (translation) {
            case Translation.Mapped mapped -> {
                out().println("VIRTUAL           PHYSICAL");
                out().printf("%-16x  %x%n%n", address, mapped.physicalAddress());
            }
            case Translation.Unmapped unmapped -> out().printf("%s%n%n", unmapped.message());
        }
        PageTableText.walk(entries).forEach(out()::println);
        if (translation instanceof Translation.Mapped mapped) {
            long size = mapped.pageSize();
            out().printf(
                            "  PAGE: %x%s%n%n",
                            mapped.physicalAddress() & -size, size > 4096 ? "  (" + (size >> 20) + "MB)" : "");
            out().println("      PTE         PHYSICAL  FLAGS");
            out().println(PageTableText.entry(new PageEntry(entries.getLast().value())));
            frame(kernel, mapped).ifPresent(page -> out().printf("%nstruct page %x%n", page));
            out().println();
        }
    }

    /// Where the kernel's `struct page` of the page is, with a virtual mem_map.
    private static Optional<Long> frame(Kernel kernel, Translation.Mapped mapped) throws IOException {
        var base = kernel.types().findSymbol("vmemmap_base");
        if (base.isEmpty()) {
            return Optional.empty();
        }
        long frame = mapped.physicalAddress() / kernel.vmcore().pageSize();
        return Optional.of(kernel.memory().u64(base.getAsLong())
                + frame * kernel.types().struct("page").size());
    }

    /// `virtual`, `physical` (null if not mapped), `page_size`, `problem` (null if mapped), `entries`: each
    /// `level`, `address`, `value`; `flags`; `pid` (whose address it is; null for the kernel's), `vma`,
    /// `file` (null if there is none).
    private static Map<String, Object> fields(long address, Translation translation, List<TableEntry> entries) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("virtual", Json.address(address));
        boolean mapped = translation instanceof Translation.Mapped;
        fields.put(
                "physical", translation instanceof Translation.Mapped to ? Json.address(to.physicalAddress()) : null);
        fields.put("page_size", translation instanceof Translation.Mapped to ? to.pageSize() : null);
        fields.put("problem", translation instanceof Translation.Unmapped not ? not.message() : null);
        List<Object> all = new ArrayList<>();
        for (TableEntry entry : entries) {
            Map<String, Object> each = new LinkedHashMap<>();
            each.put("level", entry.level());
            each.put("address", Json.address(entry.address()));
            each.put("value", Json.address(entry.value()));
            all.add(each);
        }
        fields.put("entries", all);
        fields.put("flags", mapped ? new PageEntry(entries.getLast().value()).flags() : List.of());
        return fields;
    }
}
