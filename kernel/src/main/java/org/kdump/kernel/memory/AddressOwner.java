package org.kdump.kernel.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.debuginfo.kallsyms.SymbolPlace;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.KernelSymbols;
import org.kdump.kernel.task.Task;
import org.kdump.vmcore.paging.MemoryFault;
import org.kdump.vmcore.paging.Translation;

/// What an address of the kernel belongs to.
///
/// @param kind `symbol`, `slab`, `vmalloc`, `stack`, `task`
/// @param what its name
/// @param offset from its start, in bytes; of a slab from the object's
public record AddressOwner(String kind, String what, long offset) {
    private static final long PAGE = 4096;
    private static final int LEADING_ONES = 30;

    /// All that is known of an address: it may be several things at once, as a stack lies in vmalloc's
    /// memory.
    ///
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static List<AddressOwner> of(TypedMemory kernel, KernelSymbols symbols, List<Task> tasks, long address)
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
        slab(kernel, address).ifPresent(all::add);
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
    private static Optional<AddressOwner> slab(TypedMemory kernel, long address) throws IOException {
        OptionalLong base = kernel.findSymbol("vmemmap_base");
        OptionalLong direct = kernel.findSymbol("page_offset_base");
        if (base.isEmpty()
                || direct.isEmpty()
                || !(kernel.memory().space().translate(address) instanceof Translation.Mapped mapped)
                || mapped.physicalAddress() + kernel.memory().u64(direct.getAsLong()) != address) {
            return Optional.empty();
        }
        StructType page = kernel.struct("page");
        StructType slab =
                kernel.findStruct("slab").filter(type -> type.has("slab_cache")).orElse(page);
        try {
            long map = kernel.memory().u64(base.getAsLong());
            long own = map + mapped.physicalAddress() / PAGE * page.size();
            Struct head = slab.at(head(page, own));
            Optional<Struct> cache = isSlab(page, head.address()) ? head.follow("slab_cache") : Optional.empty();
            if (cache.isEmpty()) {
                return Optional.empty();
            }
            long start = (head.address() - map) / page.size() * PAGE
                    + kernel.memory().u64(direct.getAsLong());
            long size = Math.max(1, cache.get().number("size"));
            return Optional.of(new AddressOwner(
                    "slab",
                    LogText.printable(cache.get().text("name")),
                    Long.remainderUnsigned(address - start, size)));
        } catch (MemoryFault e) {
            return Optional.empty();
        }
    }

    /// A tail points to its head. Since Linux 7.1, where pages' structs are aligned, it has a mask instead by
    /// which the
    /// head is found; no pointer into the mem_map has so many leading ones.
    private static long head(StructType page, long own) throws IOException {
        long info = page.firstOf("compound_head", "compound_info").read(own);
        if ((info & 1) == 0) {
            return own;
        }
        return Long.numberOfLeadingZeros(~info) > LEADING_ONES ? own & info : info - 1;
    }

    /// A page of slab has its flag until Linux 6.10 (commit 46df8e73a4a3, "mm: free up PG_slab"), then its
    /// type.
    private static boolean isSlab(StructType page, long head) throws IOException {
        OptionalLong flag = page.memory().types().enumerator("PG_slab");
        if (flag.isPresent()) {
            return (page.member("flags").read(head) >> flag.getAsLong() & 1) != 0;
        }
        OptionalLong type = page.memory().types().enumerator("PGTY_slab");
        long value = page.member("page_type").read(head);
        return type.isPresent() && (value >>> 24 & 0xff) == (type.getAsLong() & 0xff);
    }
}
