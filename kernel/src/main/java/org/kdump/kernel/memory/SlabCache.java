package org.kdump.kernel.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.MemoryFault;

/// A cache of equal objects (SLUB, mm/slub.c), and how much of it is in use.
///
/// @param structure its `struct kmem_cache`
/// @param name its name
/// @param objectSize bytes of an object, as its users see it
/// @param slabSize bytes of a slab
/// @param slabs how many there are
/// @param total objects in them
/// @param free those of them that nobody has: in slabs, and in stock with CPUs and nodes
public record SlabCache(
        Struct structure, String name, long objectSize, long slabSize, long slabs, long total, long free) {
    /// All caches, the newest first.
    ///
    /// @return in part where a cache cannot be read
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<SlabCache> all(TypedMemory kernel, PerCpu perCpu) throws IOException {
        Partial<Struct> structures = Lists.entries(kernel.struct("kmem_cache"), "list", kernel.symbol("slab_caches"));
        List<SlabCache> all = new ArrayList<>();
        Optional<String> problem = structures.problem();
        for (Struct structure : structures.items()) {
            try {
                all.add(read(structure, perCpu));
            } catch (MemoryFault e) {
                problem = problem.or(() -> Optional.of("a slab cache cannot be read: " + e.getMessage()));
            }
        }
        return new Partial<>(all, problem);
    }

    /// Objects that somebody has.
    public long allocated() {
        return total - free;
    }

    private static SlabCache read(Struct cache, PerCpu perCpu) throws IOException {
        SlabLists lists = new SlabLists(cache, perCpu);
        long slabs = 0;
        long total = 0;
        for (Struct node : lists.nodes()) {
            slabs += node.number("nr_slabs.counter");
            total += node.number("total_objects.counter");
        }
        long free = lists.stocked().size();
        for (SlabLists.Listed each : lists.all()) {
            // What other CPUs gave back to a CPU's slab is on the slab's own list.
            free += each.slab().number("objects")
                    - each.slab().number("inuse")
                    + lists.free(each.freelist()).size();
        }
        int order = (int) (cache.number("oo.x") >> 16);
        long page = cache.type().memory().memory().vmcore().pageSize();
        return new SlabCache(
                cache,
                LogText.printable(cache.text("name")),
                cache.number("object_size"),
                page << Math.clamp(order, 0, 30),
                slabs,
                total,
                free);
    }
}
