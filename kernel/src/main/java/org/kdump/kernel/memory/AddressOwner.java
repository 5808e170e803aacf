package org.kdump.kernel.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.debuginfo.kallsyms.SymbolPlace;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.KernelSymbols;
import org.kdump.kernel.task.Task;
import org.kdump.vmcore.paging.MemoryFault;
import org.kdump.vmcore.paging.Translation;

/// What an address of the kernel belongs to.
///
/// @param kind `symbol`, `slab`, `vmalloc`, `stack`, `task`, `per-cpu`, `free`, `page`
/// @param what its name; of a slab with the state of the object, of a page with its struct, its physical
///     address and the
///     names of its flags
/// @param offset from its start, in bytes; of a slab from the object's
public record AddressOwner(String kind, String what, long offset) {
    private static final long PAGE = 4096;

    /// All that is known of an address: it may be several things at once, as a stack lies in vmalloc's
    /// memory.
    ///
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static List<AddressOwner> of(
            TypedMemory kernel, KernelSymbols symbols, PerCpu perCpu, List<Task> tasks, long address)
            throws IOException {
        List<AddressOwner> all = new ArrayList<>();
        Optional<SymbolPlace> place = symbols.nearest(address)
                .filter(near -> Long.compareUnsigned(near.offset(), Math.max(1, near.size())) < 0);
        place.ifPresent(near -> all.add(new AddressOwner("symbol", near.symbol().name(), near.offset())));
        ofTasks(kernel, tasks, address, all);
        for (VmallocArea area : VmallocArea.all(kernel).items()) {
            long offset = address - area.start();
            if (Long.compareUnsigned(offset, area.end() - area.start()) < 0) {
                all.add(new AddressOwner("vmalloc", "%x-%x".formatted(area.start(), area.end()), offset));
            }
        }
        perCpu(kernel, symbols, perCpu, address).ifPresent(all::add);
        slab(kernel, perCpu, address).ifPresent(all::add);
        page(kernel, address, all);
        return all;
    }

    /// A variable of a CPU's own, by the symbol at the same place in the section that is copied for each.
    private static Optional<AddressOwner> perCpu(TypedMemory kernel, KernelSymbols symbols, PerCpu perCpu, long address)
            throws IOException {
        OptionalLong start = kernel.findSymbol("__per_cpu_start");
        OptionalLong end = kernel.findSymbol("__per_cpu_end");
        for (int cpu : start.isPresent() && end.isPresent() ? perCpu.cpus() : List.<Integer>of()) {
            long offset = address - perCpu.address(start.getAsLong(), cpu);
            if (Long.compareUnsigned(offset, end.getAsLong() - start.getAsLong()) < 0) {
                Optional<SymbolPlace> place = symbols.nearest(start.getAsLong() + offset);
                String name = place.map(near -> near.symbol().name()).orElse("per-CPU memory");
                return Optional.of(new AddressOwner(
                        "per-cpu",
                        name + " of CPU " + cpu,
                        place.map(SymbolPlace::offset).orElse(offset)));
            }
        }
        return Optional.empty();
    }

    /// The page that is mapped there, and, if it is free, the block that it is in.
    private static void page(TypedMemory kernel, long address, List<AddressOwner> all) throws IOException {
        Optional<PageMap> pages = PageMap.of(kernel);
        if (pages.isEmpty() || !(kernel.memory().space().translate(address) instanceof Translation.Mapped mapped)) {
            return;
        }
        long page = pages.get().address(mapped.physicalAddress() / PAGE);
        try {
            PageFrame frame = PageFrame.at(kernel, pages.get(), page);
            free(kernel, page).ifPresent(all::add);
            List<String> flags = frame.flagNames(PageFrame.flagNames(kernel));
            all.add(new AddressOwner(
                    "page",
                    "%x of %x%s"
                            .formatted(
                                    page,
                                    mapped.physicalAddress() & -PAGE,
                                    flags.isEmpty() ? "" : " (" + String.join(",", flags) + ")"),
                    mapped.physicalAddress() & PAGE - 1));
        } catch (MemoryFault e) {
            // Its struct is not in the dump, and it may be no memory at all.
        }
    }

    private static Optional<AddressOwner> free(TypedMemory kernel, long page) throws IOException {
        long size = kernel.struct("page").size();
        for (FreeArea area : FreeArea.all(kernel).items()) {
            for (long block : area.blocks()) {
                if (Long.compareUnsigned(page - block, size << area.order()) < 0) {
                    String what = "a free block of order %d in zone %s, %s"
                            .formatted(area.order(), area.zone().name(), area.use());
                    return Optional.of(new AddressOwner("free", what, (page - block) / size * PAGE));
                }
            }
        }
        return Optional.empty();
    }

    private static void ofTasks(TypedMemory kernel, List<Task> tasks, long address, List<AddressOwner> all)
            throws IOException {
        // Its end, the registers of the FPU, is as long as the CPU needs it.
        OptionalLong used = kernel.findSymbol("arch_task_struct_size");
        long size = used.isPresent()
                ? kernel.memory().u32(used.getAsLong())
                : kernel.struct("task_struct").size();
        for (Task task : tasks) {
            try {
                long stack = address - task.structure().number("stack");
                if (Long.compareUnsigned(stack, 4 * PAGE) < 0) {
                    all.add(new AddressOwner("stack", task.pid() + " " + task.name(), stack));
                }
                long structure = address - task.structure().address();
                if (Long.compareUnsigned(structure, size) < 0) {
                    all.add(new AddressOwner("task", task.pid() + " " + task.name(), structure));
                }
            } catch (MemoryFault e) {
                // What else it is can still be told.
            }
        }
    }

    /// By the `struct page` of the address's page, with a virtual mem_map.
    private static Optional<AddressOwner> slab(TypedMemory kernel, PerCpu perCpu, long address) throws IOException {
        Optional<PageMap> pages = PageMap.of(kernel);
        Optional<Struct> own = pages.isPresent() ? pages.get().of(address) : Optional.empty();
        if (own.isEmpty()) {
            return Optional.empty();
        }
        try {
            Struct head = pages.get().head(own.get());
            Optional<Struct> cache = SlabNames.cache(kernel, pages.get(), address);
            if (cache.isEmpty()) {
                return Optional.empty();
            }
            Slab.SlabObject object = Slab.object(cache.get(), head, address, pages.get(), perCpu);
            String name = LogText.printable(cache.get().text("name"));
            String state = object.state().name().toLowerCase(Locale.ROOT);
            return Optional.of(new AddressOwner("slab", name + " (" + state + ")", address - object.address()));
        } catch (MemoryFault e) {
            return Optional.empty();
        }
    }
}
