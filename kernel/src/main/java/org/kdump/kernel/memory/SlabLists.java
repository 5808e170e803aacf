package org.kdump.kernel.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;

/// Where a cache has its slabs and its free objects (SLUB, mm/slub.c). Slabs that are full are on no list.
final class SlabLists {
    /// No slab has more objects, for their number has 15 bits.
    private static final int MOST_OBJECTS = 1 << 15;

    private static final int MOST_NODES = 1 << 10;

    private final Struct cache;
    private final PerCpu perCpu;
    private final TypedMemory kernel;
    private final StructType slab;
    private final String listed;

    /// A slab on a list.
    ///
    /// @param slab its `struct slab`, or `struct page`
    /// @param list the list
    /// @param freelist the first of the free objects that a CPU took over with the slab; 0 if none did
    record Listed(Struct slab, String list, long freelist) {}

    /// A slab is a `struct slab` since Linux 5.17 (commit d122019bf061, "mm: Split slab into its own type").
    SlabLists(Struct cache, PerCpu perCpu) {
        this.cache = cache;
        this.perCpu = perCpu;
        kernel = cache.type().memory();
        slab = kernel.findStruct("slab").filter(type -> type.has("inuse")).orElseGet(() -> kernel.struct("page"));
        listed = slab.has("slab_list") ? "slab_list" : "lru";
    }

    /// A slab by its address that is on no list.
    Listed full(long address) {
        return new Listed(slab.at(address), "full", 0);
    }

    /// The slabs that are on lists.
    List<Listed> all() throws IOException {
        List<Listed> all = new ArrayList<>();
        if (cache.type().has("cpu_slab") && cache.number("cpu_slab") != 0) {
            for (int cpu : perCpu.cpus()) {
                ofCpu(cpu, all);
            }
        }
        for (Struct node : nodes()) {
            for (Struct each :
                    Lists.entries(slab, listed, node.addressOf("partial")).items()) {
                all.add(new Listed(each, "partial", 0));
            }
        }
        return all;
    }

    private void ofCpu(int cpu, List<Listed> all) throws IOException {
        Struct own = kernel.struct("kmem_cache_cpu", perCpu.address(cache.number("cpu_slab"), cpu));
        Optional<Struct> current = own.follow(own.type().has("slab") ? "slab" : "page");
        if (current.isPresent()) {
            all.add(new Listed(current.get(), "cpu " + cpu, own.number("freelist")));
        }
        if (own.type().has("partial")) {
            for (Struct each :
                    Lists.chained(slab, "next", own.number("partial")).items()) {
                all.add(new Listed(each, "cpu " + cpu + " partial", 0));
            }
        }
    }

    /// The cache's `struct kmem_cache_node`. Where they are was an array at the end of the cache until Linux
    /// 7.0, and is
    /// in `per_node` since.
    List<Struct> nodes() throws IOException {
        List<Struct> nodes = new ArrayList<>();
        for (long address : ofNodes("node[%d]", "per_node[%d].node")) {
            nodes.add(kernel.struct("kmem_cache_node", address));
        }
        return nodes;
    }

    /// The array is as long as the kernel's nodes are many at most, and BTF tells of one element only if it
    /// is 0.
    private List<Long> ofNodes(String... paths) throws IOException {
        List<Long> pointers = new ArrayList<>();
        var count = kernel.findSymbol("nr_node_ids");
        long nodes = count.isEmpty() ? 1 : Math.clamp(kernel.memory().u32(count.getAsLong()), 0, MOST_NODES);
        for (int i = 0; i < nodes; i++) {
            for (String path : paths) {
                String each = path.formatted(i);
                long pointer = cache.type().has(each) ? cache.number(each) : 0;
                if (pointer != 0) {
                    pointers.add(pointer);
                }
            }
        }
        return pointers;
    }

    /// Free objects, of which each points to the next; the pointers are obfuscated with
    /// `CONFIG_SLAB_FREELIST_HARDENED` (`freelist_ptr_decode`), since Linux 5.7 as they are here.
    Set<Long> free(long first) throws IOException {
        long offset = cache.number("offset");
        boolean hidden = cache.type().has("random");
        long random = hidden ? cache.number("random") : 0;
        Set<Long> objects = new HashSet<>();
        long object = first;
        while (object != 0 && objects.size() < MOST_OBJECTS && objects.add(object)) {
            long next = kernel.memory().word(object + offset);
            object = hidden ? next ^ random ^ Long.reverseBytes(object + offset) : next;
        }
        return objects;
    }

    /// Free objects that CPUs and nodes have in stock, in sheaves; there are such since Linux 6.18 (commit
    /// 2d517aa09bbc,
    /// "slab: add opt-in caching layer of percpu sheaves").
    Set<Long> stocked() throws IOException {
        Set<Long> objects = new HashSet<>();
        if (!cache.type().has("cpu_sheaves") || cache.number("cpu_sheaves") == 0) {
            return objects;
        }
        StructType sheaves = kernel.struct("slub_percpu_sheaves");
        for (int cpu : perCpu.cpus()) {
            Struct own = sheaves.at(perCpu.address(cache.number("cpu_sheaves"), cpu));
            for (String place : List.of("main", "spare", "rcu_free")) {
                Optional<Struct> sheaf = own.follow(place);
                if (sheaf.isPresent()) {
                    add(sheaf.get(), objects);
                }
            }
        }
        StructType sheaf = kernel.struct("slab_sheaf");
        for (long barn : ofNodes("per_node[%d].barn", "node[%d].barn")) {
            long full = kernel.struct("node_barn", barn).addressOf("sheaves_full");
            for (Struct each : Lists.entries(sheaf, "barn_list", full).items()) {
                add(each, objects);
            }
        }
        return objects;
    }

    private void add(Struct sheaf, Set<Long> objects) throws IOException {
        long count = Math.min(sheaf.number("size"), MOST_OBJECTS);
        int pointer = kernel.types().pointerSize();
        for (long i = 0; i < count; i++) {
            objects.add(kernel.memory().word(sheaf.addressOf("objects") + i * pointer));
        }
    }
}
