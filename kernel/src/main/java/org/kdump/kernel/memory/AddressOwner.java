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
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.KernelSymbols;
import org.kdump.kernel.task.Task;
import org.kdump.vmcore.paging.MemoryFault;

/// What an address of the kernel belongs to.
///
/// @param kind `symbol`, `slab`, `vmalloc`, `stack`, `task`
/// @param what its name; of a slab with the state of the object
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
        slab(kernel, perCpu, address).ifPresent(all::add);
        return all;
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
            StructType page = head.type();
            StructType slab = kernel.findStruct("slab")
                    .filter(type -> type.has("slab_cache"))
                    .orElse(page);
            Optional<Struct> cache =
                    pages.get().isSlab(head) ? slab.at(head.address()).follow("slab_cache") : Optional.empty();
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
