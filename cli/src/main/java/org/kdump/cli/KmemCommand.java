package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.memory.AddressOwner;
import org.kdump.kernel.memory.Counters;
import org.kdump.kernel.memory.FreeArea;
import org.kdump.kernel.memory.PageFrame;
import org.kdump.kernel.memory.PageMap;
import org.kdump.kernel.memory.Slab;
import org.kdump.kernel.memory.SlabCache;
import org.kdump.kernel.memory.VmallocArea;
import org.kdump.kernel.memory.Zone;

/// `kdump kmem`: the kernel's memory.
final class KmemCommand extends TableVerb {
    private final Supplier<List<String>> words = optionalArguments(
            String.class,
            "ADDRESS|NAME",
            "With no option: what the address belongs to. With -s and -S: names of caches.");

    private final Supplier<Boolean> info = flag("-i", "How much memory there is, and what for.");

    private final Supplier<Boolean> slabs = flag("-s", "The slab caches.");

    private final Supplier<Boolean> objects =
            flag("-S", "The objects of the caches that are named, in slabs that are on lists: full ones are on none.");

    private final Supplier<Boolean> free = flag("-f", "The free lists of each zone.");

    private final Supplier<Boolean> pages =
            flag("-p", "All page frames, or that of each ADDRESS, which may also be of a struct page.");

    private final Supplier<Boolean> vmalloc = flag("-v", "What is mapped by vmalloc.");

    private final Supplier<Boolean> counters = flag("-V", "The counters of zones, nodes and events.");

    private final Supplier<Boolean> zones = flag("-z -n", "The zones of each node.");

    private final Supplier<Boolean> perCpu = flag("-o", "Where each CPU's variables are.");

    private final Supplier<Boolean> huge = flag("--hugepages", "The pools of huge pages.");

    KmemCommand() {
        super("kmem", "Say what the kernel's memory is used for, or what an address belongs to.");
    }

    @Override
    List<Map<String, Object>> rows(Kernel kernel) throws IOException {
        if (info.get()) {
            return info(kernel);
        } else if (slabs.get()) {
            return slabs(kernel);
        } else if (objects.get()) {
            return objects(kernel);
        } else if (free.get()) {
            return free(kernel);
        } else if (vmalloc.get()) {
            return vmalloc(kernel);
        } else if (counters.get()) {
            return counters(kernel);
        } else if (zones.get()) {
            return zones(kernel);
        } else if (perCpu.get()) {
            return perCpu(kernel);
        } else if (huge.get()) {
            return huge(kernel);
        } else if (words.get().isEmpty()) {
            throw misuse("-i, -s, -S, -f, -p, -v, -V, -z, -o, --hugepages, or which address?");
        }
        List<Map<String, Object>> rows = new ArrayList<>();
        for (String word : words.get()) {
            long address = kernel.address(word);
            for (AddressOwner owner :
                    AddressOwner.of(kernel.types(), kernel.kernelSymbols(), kernel.perCpu(), kernel.tasks(), address)) {
                rows.add(row(
                        "address",
                        Json.address(address),
                        "kind",
                        owner.kind(),
                        "what",
                        owner.what(),
                        "offset",
                        owner.offset()));
            }
        }
        return rows;
    }

    private static Map<String, Object> row(Object... namesAndValues) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            row.put(namesAndValues[i].toString(), namesAndValues[i + 1]);
        }
        return row;
    }

    /// `what`, `pages`, `mib`, `percent` (of all memory, or of the limit).
    private static List<Map<String, Object>> info(Kernel kernel) throws IOException {
        Map<String, Long> zone = Counters.ofZones(kernel.types());
        Map<String, Long> node = Counters.ofNodes(kernel.types());
        long total = word(kernel, "_totalram_pages");
        long free = zone.getOrDefault("NR_FREE_PAGES", 0L);
        long slab = node.getOrDefault("NR_SLAB_RECLAIMABLE_B", 0L) + node.getOrDefault("NR_SLAB_UNRECLAIMABLE_B", 0L);
        long anonymous = node.getOrDefault("NR_ANON_MAPPED", 0L);
        long swap = word(kernel, "total_swap_pages");
        List<Map<String, Object>> rows = new ArrayList<>();
        rows.add(share(kernel, "TOTAL MEM", total, total));
        rows.add(share(kernel, "FREE", free, total));
        rows.add(share(kernel, "USED", total - free, total));
        rows.add(share(kernel, "CACHED", node.getOrDefault("NR_FILE_PAGES", 0L), total));
        rows.add(share(kernel, "ANONYMOUS", anonymous, total));
        rows.add(share(kernel, "SHARED", node.getOrDefault("NR_SHMEM", 0L), total));
        rows.add(share(kernel, "SLAB", slab, total));
        rows.add(share(kernel, "PAGE TABLES", node.getOrDefault("NR_PAGETABLE", 0L), total));
        rows.add(share(kernel, "TOTAL SWAP", swap, swap));
        rows.add(share(kernel, "SWAP FREE", word(kernel, "nr_swap_pages"), swap));
        rows.add(share(kernel, "COMMITTED", word(kernel, "vm_committed_as", 8), total));
        return rows;
    }

    private static long word(Kernel kernel, String symbol) throws IOException {
        return word(kernel, symbol, 0);
    }

    private static long word(Kernel kernel, String symbol, int offset) throws IOException {
        OptionalLong address = kernel.types().findSymbol(symbol);
        return address.isPresent() ? kernel.memory().word(address.getAsLong() + offset) : 0;
    }

    private static Map<String, Object> share(Kernel kernel, String what, long pages, long all) {
        double mebibytes = pages * (double) kernel.vmcore().pageSize() / (1 << 20);
        return row(
                "what",
                what,
                "pages",
                pages,
                "mib",
                Math.round(mebibytes * 10) / 10.0,
                "percent",
                all == 0 ? 0 : Math.round(100.0 * pages / all));
    }

    /// `cache`, `objsize`, `allocated`, `total` (objects), `slabs`, `ssize` (KiB), `name`.
    private List<Map<String, Object>> slabs(Kernel kernel) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (SlabCache cache : kernel.told(SlabCache.all(kernel.types(), kernel.perCpu()))) {
            if (words.get().isEmpty() || words.get().contains(cache.name())) {
                rows.add(row(
                        "cache", Json.address(cache.structure().address()),
                        "objsize", cache.objectSize(),
                        "allocated", cache.allocated(),
                        "total", cache.total(),
                        "slabs", cache.slabs(),
                        "ssize", cache.slabSize() / 1024,
                        "name", cache.name()));
            }
        }
        return rows;
    }

    /// `cache` (its name), `slab`, `list` (where that is), `object`, `state`.
    private List<Map<String, Object>> objects(Kernel kernel) throws IOException {
        if (words.get().isEmpty()) {
            throw misuse("the objects of which cache? -s lists them");
        }
        PageMap map = pageMap(kernel);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (SlabCache cache : kernel.told(SlabCache.all(kernel.types(), kernel.perCpu()))) {
            if (words.get().contains(cache.name())) {
                for (Slab slab : Slab.listed(cache, map, kernel.perCpu())) {
                    slab.objects()
                            .forEach(object -> rows.add(row(
                                    "cache", cache.name(),
                                    "slab", Json.address(slab.structure().address()),
                                    "list", slab.list(),
                                    "object", Json.address(object.address()),
                                    "state", object.state().name().toLowerCase(Locale.ROOT))));
                }
            }
        }
        return rows;
    }

    private static PageMap pageMap(Kernel kernel) throws IOException {
        return PageMap.of(kernel.types())
                .orElseThrow(() -> new IOException("this kernel's struct pages are not in one mapping, by whose place"
                        + " (vmemmap_base, page_offset_base) they could be found"));
    }

    /// `node`, `zone`, `order`, `size` (KiB of a block), `use`, `list`, `blocks`, `pages`.
    private static List<Map<String, Object>> free(Kernel kernel) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (FreeArea area : kernel.told(FreeArea.all(kernel.types()))) {
            rows.add(row(
                    "node",
                    area.zone().node(),
                    "zone",
                    area.zone().name(),
                    "order",
                    area.order(),
                    "size",
                    (long) kernel.vmcore().pageSize() / 1024 << area.order(),
                    "use",
                    area.use(),
                    "list",
                    Json.address(area.head()),
                    "blocks",
                    area.blocks().size(),
                    "pages",
                    area.pages()));
        }
        return rows;
    }

    @Override
    boolean streams() {
        return pages.get();
    }

    /// `page` (its struct), `physical`, `mapping`, `index`, `count` (references), `flags`, `names` (of
    /// flags).
    @Override
    void stream(Kernel kernel, RowStream rows) throws IOException {
        Map<Integer, String> names = PageFrame.flagNames(kernel.types());
        PageMap map = pageMap(kernel);
        Set<Long> wanted = new HashSet<>();
        for (String word : words.get()) {
            long address = kernel.address(word);
            wanted.add(map.of(address)
                    .map(page -> map.frame(page.address()))
                    .orElse(
                            address < 0
                                    ? map.frame(address)
                                    : address / kernel.vmcore().pageSize()));
        }
        PageFrame.forEach(kernel.types(), map, frame -> {
            if (wanted.isEmpty() || wanted.contains(frame.frame())) {
                rows.add(row(
                        "page", Json.address(frame.address()),
                        "physical", Json.address(frame.frame() * kernel.vmcore().pageSize()),
                        "mapping", Json.address(frame.mapping()),
                        "index", Json.address(frame.index()),
                        "count", frame.count(),
                        "flags", Json.address(frame.flags()),
                        "names", frame.flagNames(names)));
            }
        });
    }

    /// `vmap_area`, `vm_struct`, `start`, `end`, `size` (bytes).
    private static List<Map<String, Object>> vmalloc(Kernel kernel) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (VmallocArea area : kernel.told(VmallocArea.all(kernel.types()))) {
            rows.add(row(
                    "vmap_area", Json.address(area.area()),
                    "vm_struct", area.structure() == 0 ? null : Json.address(area.structure()),
                    "start", Json.address(area.start()),
                    "end", Json.address(area.end()),
                    "size", area.end() - area.start()));
        }
        return rows;
    }

    /// `of` (`zones`, `nodes`, `events`), `counter`, `value`.
    private static List<Map<String, Object>> counters(Kernel kernel) throws IOException {
        Map<String, Map<String, Long>> all = new LinkedHashMap<>();
        all.put("zones", Counters.ofZones(kernel.types()));
        all.put("nodes", Counters.ofNodes(kernel.types()));
        all.put("events", Counters.ofEvents(kernel.types(), kernel.perCpu()));
        List<Map<String, Object>> rows = new ArrayList<>();
        all.forEach(
                (of, some) -> some.forEach((name, value) -> rows.add(row("of", of, "counter", name, "value", value))));
        return rows;
    }

    /// `node`, `zone`, `address`, `start_pfn`, `spanned`, `present`, `managed`, `free` (pages), `min`, `low`,
    /// `high`.
    private static List<Map<String, Object>> zones(Kernel kernel) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Zone zone : Zone.all(kernel.types())) {
            rows.add(row(
                    "node", zone.node(),
                    "zone", zone.name(),
                    "address", Json.address(zone.structure().address()),
                    "start_pfn", zone.start(),
                    "spanned", zone.spanned(),
                    "present", zone.present(),
                    "managed", zone.managed(),
                    "free", zone.counters().getOrDefault("NR_FREE_PAGES", 0L),
                    "min", zone.minimal(),
                    "low", zone.low(),
                    "high", zone.high()));
        }
        return rows;
    }

    /// `cpu`, `offset`.
    private static List<Map<String, Object>> perCpu(Kernel kernel) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int cpu : kernel.perCpu().cpus()) {
            rows.add(row("cpu", cpu, "offset", Json.address(kernel.perCpu().address(0, cpu))));
        }
        return rows;
    }

    /// `hstate`, `size` (KiB), `free`, `total`, `reserved` (pages of that size), `name`.
    private static List<Map<String, Object>> huge(Kernel kernel) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        OptionalLong states = kernel.types().findSymbol("hstates");
        OptionalLong count = kernel.types().findSymbol("hugetlb_max_hstate");
        long last = states.isPresent() && count.isPresent() ? kernel.memory().u32(count.getAsLong()) : 0;
        for (long i = 0; i < Math.min(last, 64); i++) {
            var type = kernel.types().struct("hstate");
            var state = type.at(states.getAsLong() + i * type.size());
            rows.add(row(
                    "hstate", Json.address(state.address()),
                    "size", (long) kernel.vmcore().pageSize() / 1024 << Math.clamp(state.number("order"), 0, 30),
                    "free", state.number("free_huge_pages"),
                    "total", state.number("nr_huge_pages"),
                    "reserved", state.number("resv_huge_pages"),
                    "name", state.text("name")));
        }
        return rows;
    }
}
