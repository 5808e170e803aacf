package org.kdump.e2e;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Assertions;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;

/// All pages of all slab caches (mm/slub.c, `slab_caches`).
///
/// SLUB has no list of its full slabs, so each `struct page` is asked whether it is one, and to which cache it belongs.
/// That nothing is overlooked is proved by the kernel's own account of each cache, `kmem_cache_node.nr_slabs` and
/// `total_objects`, and by its lists of partial slabs and those of each CPU.
final class SlabPages {
    private static final int AT_ONCE = 512;
    private static final long SECTION = 1L << 15;

    private final TypedMemory kernel;
    private final long vmemmap;
    private final StructType page;
    private final StructType slab;
    private final Map<Long, Cache> caches = new HashMap<>();
    private final BitSet pages = new BitSet();

    /// A `struct kmem_cache`.
    private static final class Cache {
        private final String name;
        private final long order;
        private final long objectsOfOrder;
        private final long minimalOrder;
        private long slabs;
        private long objects;

        Cache(Struct cache) throws IOException {
            name = cache.text("name");
            long oo = cache.number("oo.x");
            order = oo >>> 16;
            objectsOfOrder = oo & 0xffff;
            minimalOrder = cache.number("min.x") >>> 16;
        }
    }

    SlabPages(TypedMemory kernel) throws IOException {
        this.kernel = kernel;
        vmemmap = kernel.memory().word(kernel.symbol("vmemmap_base"));
        page = kernel.struct("page");
        // Up to 5.16 a slab is described in struct page (commit d122019bf061, "mm: Split slab into its own type").
        slab = kernel.findStruct("slab").orElse(page);
    }

    Map<String, BitSet> found() throws IOException {
        StructType type = kernel.struct("kmem_cache");
        Partial<Struct> all = Lists.entries(type, "list", kernel.symbol("slab_caches"));
        Assertions.assertTrue(all.isWhole() && all.items().size() > 50, all::toString);
        for (Struct cache : all.items()) {
            caches.put(cache.address(), new Cache(cache));
        }
        scan();
        for (Struct cache : all.items()) {
            compare(cache, caches.get(cache.address()));
        }
        return Map.of("slab", pages);
    }

    private void scan() throws IOException {
        int pageSize = kernel.memory().vmcore().pageSize();
        Member cache = slab.member("slab_cache");
        Member objects = slab.firstOf("objects", "counters");
        OptionalLong type = kernel.types().enumerator("PGTY_slab");
        OptionalLong flag = kernel.types().enumerator("PG_slab");
        long typeOffset = page.member("page_type").offset();
        long size = page.size();
        byte[] row = new byte[(int) (AT_ONCE * size)];
        ByteBuffer words = ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN);
        for (var range : kernel.memory().vmcore().memory()) {
            for (long pfn = range.start() / pageSize / AT_ONCE * AT_ONCE;
                    pfn * pageSize < range.end();
                    pfn += AT_ONCE) {
                long read = kernel.memory().read(vmemmap + pfn * size, MemorySegment.ofArray(row));
                for (int i = 0; i < read / size; i++) {
                    int at = (int) (i * size);
                    // Since 6.12 a type is the top byte (commit 4ffca5a96678), before it slab was a flag.
                    boolean isSlab = type.isPresent()
                            ? words.getInt(at + (int) typeOffset) >>> 24 == type.getAsLong()
                            : (words.getLong(at) >>> flag.orElseThrow() & 1) != 0;
                    Cache owner = caches.get(words.getLong(at + (int) cache.offset()));
                    if (isSlab && owner != null) {
                        add(owner, pfn + i, objects.owner().at(vmemmap + (pfn + i) * size));
                    }
                }
            }
        }
        Assertions.assertTrue(pages.cardinality() > 1000, () -> pages.cardinality() + " pages of slab");
    }

    private void add(Cache owner, long pfn, Struct found) throws IOException {
        long objects = found.number("objects");
        long order = objects == owner.objectsOfOrder ? owner.order : owner.minimalOrder;
        owner.slabs++;
        owner.objects += objects;
        pages.set((int) pfn, (int) (pfn + (1L << order)));
        Assertions.assertEquals(0, pfn % (1L << order), owner.name);
    }

    /// The kernel's account of a cache agrees with what was found, and all slabs on its lists were.
    private void compare(Struct cache, Cache owner) throws IOException {
        long slabs = 0;
        long objects = 0;
        List<Struct> listed = new ArrayList<>();
        boolean pointers = cache.type().has("node");
        for (int i = 0; cache.type().has((pointers ? "node[" : "per_node[") + i + "]"); i++) {
            long node = cache.number(pointers ? "node[" + i + "]" : "per_node[" + i + "].node");
            if (node == 0) {
                break;
            }
            Struct each = kernel.struct("kmem_cache_node", node);
            slabs += each.number("nr_slabs.counter");
            objects += each.number("total_objects.counter");
            Partial<Struct> partial = Lists.entries(slab, "slab_list", each.addressOf("partial"));
            Assertions.assertTrue(partial.isWhole(), partial::toString);
            Assertions.assertEquals(each.number("nr_partial"), partial.items().size(), owner.name);
            listed.addAll(partial.items());
        }
        Assertions.assertEquals(slabs, owner.slabs, owner.name + ": slabs");
        Assertions.assertEquals(objects, owner.objects, owner.name + ": objects");
        // Newer kernels keep objects for each CPU, in sheaves, and no slabs.
        if (cache.type().has("cpu_slab")) {
            PerCpu perCpu = PerCpu.of(kernel);
            for (int cpu : perCpu.cpus()) {
                Struct own = kernel.struct("kmem_cache_cpu", perCpu.address(cache.number("cpu_slab"), cpu));
                own.follow(own.type().has("slab") ? "slab" : "page").ifPresent(listed::add);
                if (own.type().has("partial")) {
                    listed.addAll(
                            Lists.chained(slab, "next", own.number("partial")).items());
                }
            }
        }
        for (Struct each : listed) {
            int pfn = (int) ((each.address() - vmemmap) / page.size());
            Assertions.assertTrue(pages.get(pfn), owner.name + ": the slab at page frame " + pfn);
        }
    }
}
