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
import org.kdump.kernel.object.StructType;
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
/// @param free those of them that nobody has: in slabs on the nodes' lists, and on the CPUs' own
public record SlabCache(
        Struct structure, String name, long objectSize, long slabSize, long slabs, long total, long free) {
    /// No slab has more objects, for their number has 15 bits.
    private static final int MOST_OBJECTS = 1 << 15;

    private static final int MOST_NODES = 1 << 10;

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
                all.add(new Reading(structure, perCpu).read());
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

    /// One cache while it is read.
    private static final class Reading {
        private final Struct cache;
        private final PerCpu perCpu;
        private final TypedMemory kernel;
        private final StructType slab;
        private final String listed;
        private long slabs;
        private long total;
        private long free;

        /// A slab is a `struct slab` since Linux 5.17 (commit d122019bf061, "mm: Split slab into its own
        /// type").
        Reading(Struct cache, PerCpu perCpu) {
            this.cache = cache;
            this.perCpu = perCpu;
            kernel = cache.type().memory();
            slab = kernel.findStruct("slab").filter(type -> type.has("inuse")).orElseGet(() -> kernel.struct("page"));
            listed = slab.has("slab_list") ? "slab_list" : "lru";
        }

        SlabCache read() throws IOException {
            nodes();
            if (cache.type().has("cpu_slab") && cache.number("cpu_slab") != 0) {
                for (int cpu : perCpu.cpus()) {
                    cpu(kernel.struct("kmem_cache_cpu", perCpu.address(cache.number("cpu_slab"), cpu)));
                }
            }
            int order = (int) (cache.number("oo.x") >> 16);
            return new SlabCache(
                    cache,
                    LogText.printable(cache.text("name")),
                    cache.number("object_size"),
                    (long) kernel.memory().vmcore().pageSize() << Math.clamp(order, 0, 30),
                    slabs,
                    total,
                    free);
        }

        /// Where the nodes are was an array at the end of the cache until Linux 7.0, and is in `per_node`
        /// since.
        private void nodes() throws IOException {
            for (int i = 0; i < MOST_NODES; i++) {
                String path = cache.type().has("node[" + i + "]") ? "node[" + i + "]" : "per_node[" + i + "].node";
                if (!cache.type().has(path)) {
                    return;
                }
                long address = cache.number(path);
                if (address != 0 && isNode(i)) {
                    node(kernel.struct("kmem_cache_node", address));
                }
            }
        }

        /// The array is as long as the kernel's nodes are many at most, and BTF tells of one element only if
        /// it is 0.
        private boolean isNode(int number) throws IOException {
            var nodes = kernel.findSymbol("nr_node_ids");
            return nodes.isEmpty() ? number == 0 : number < kernel.memory().u32(nodes.getAsLong());
        }

        private void node(Struct node) throws IOException {
            slabs += node.number("nr_slabs.counter");
            total += node.number("total_objects.counter");
            for (Struct each :
                    Lists.entries(slab, listed, node.addressOf("partial")).items()) {
                free += each.number("objects") - each.number("inuse");
            }
        }

        private void cpu(Struct own) throws IOException {
            Optional<Struct> current = own.follow(own.type().has("slab") ? "slab" : "page");
            if (current.isPresent()) {
                // What other CPUs gave back is on the slab's own list.
                long returned = current.get().number("objects") - current.get().number("inuse");
                free += returned + chained(own.number("freelist"));
            }
            if (own.type().has("partial")) {
                for (Struct each :
                        Lists.chained(slab, "next", own.number("partial")).items()) {
                    free += each.number("objects") - each.number("inuse");
                }
            }
        }

        /// Free objects, of which each points to the next; the pointers are obfuscated with
        /// `CONFIG_SLAB_FREELIST_HARDENED` (`freelist_ptr_decode`), since Linux 5.7 as they are here.
        private long chained(long first) throws IOException {
            long offset = cache.number("offset");
            long random = cache.type().has("random") ? cache.number("random") : 0;
            long count = 0;
            for (long object = first; object != 0 && count < MOST_OBJECTS; count++) {
                long next = kernel.memory().word(object + offset);
                boolean hidden = cache.type().has("random");
                object = hidden ? next ^ random ^ Long.reverseBytes(object + offset) : next;
            }
            return count;
        }
    }
}
