package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.memory.Counters;
import org.kdump.kernel.memory.FreeArea;
import org.kdump.kernel.memory.MemoryBlock;
import org.kdump.kernel.memory.MemoryInfo;
import org.kdump.kernel.memory.MemorySection;
import org.kdump.kernel.memory.PageFrame;
import org.kdump.kernel.memory.PageMap;
import org.kdump.kernel.memory.Slab;
import org.kdump.kernel.memory.SlabCache;
import org.kdump.kernel.memory.SlabNames;
import org.kdump.kernel.memory.VmallocArea;
import org.kdump.kernel.memory.Zone;
import org.kdump.kernel.object.Struct;

/// The tables of `kdump kmem`.
record KmemTables(Kernel kernel) {
    /// `what`, `pages`, `mib`, `percent` (of the total that it is a share of; null for that).
    List<Map<String, Object>> info() throws IOException {
        Map<String, Long> totals = new LinkedHashMap<>();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (MemoryInfo each : MemoryInfo.all(kernel.types(), kernel.perCpu())) {
            totals.put(each.what(), each.pages());
            long whole = each.of().map(totals::get).orElse(0L);
            double mebibytes = each.pages() * (double) kernel.vmcore().pageSize() / (1 << 20);
            rows.add(Table.row(
                    "what",
                    each.what(),
                    "pages",
                    each.pages(),
                    "mib",
                    Math.round(mebibytes * 10) / 10.0,
                    "percent",
                    each.of().isEmpty() ? null : whole == 0 ? 0 : 100 * each.pages() / whole));
        }
        return rows;
    }

    /// `cache`, `objsize`, `allocated`, `total` (objects), `slabs`, `ssize` (KiB), `name`; of `list` `cache`
    /// and `name`.
    List<Map<String, Object>> slabs(List<String> words, Set<String> ignored) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        boolean names = words.equals(List.of("list"));
        Set<String> wanted = names ? Set.of() : cacheNames(words);
        for (SlabCache cache : kernel.told(SlabCache.all(kernel.types(), kernel.perCpu()))) {
            if ((!wanted.isEmpty() && !wanted.contains(cache.name())) || ignored.contains(cache.name())) {
                continue;
            }
            String address = Json.address(cache.structure().address());
            if (names) {
                rows.add(Table.row("cache", address, "name", cache.name()));
                continue;
            }
            rows.add(Table.row(
                    "cache", address,
                    "objsize", cache.objectSize(),
                    "allocated", cache.allocated(),
                    "total", cache.total(),
                    "slabs", cache.slabs(),
                    "ssize", cache.slabSize() / 1024,
                    "name", cache.name()));
        }
        return rows;
    }

    /// Names of caches; of an address that of the cache that it is in.
    private Set<String> cacheNames(List<String> words) throws IOException {
        Set<String> names = new LinkedHashSet<>();
        SlabNames caches = SlabNames.of(kernel.types());
        for (String word : words) {
            boolean isAddress = word.matches("(0x)?[89a-f][0-9a-f]{15}");
            names.add(
                    isAddress
                            ? caches.find(kernel.address(word))
                                    .orElseThrow(() -> new IOException(word + " is in no slab"))
                            : word);
        }
        return names;
    }

    /// `cache` (its name), `slab`, `list` (where that is), `object`, `state`.
    void objects(List<String> words, Set<String> ignored, RowStream rows) throws IOException {
        PageMap map = PageRows.pageMap(kernel);
        Set<String> wanted = cacheNames(words);
        List<SlabCache> chosen = kernel.told(SlabCache.all(kernel.types(), kernel.perCpu())).stream()
                .filter(cache -> wanted.isEmpty() || wanted.contains(cache.name()))
                .filter(cache -> !ignored.contains(cache.name()))
                .toList();
        Slab.forEach(chosen, map, kernel.perCpu(), (cache, slab) -> {
                    for (Slab.SlabObject object : slab.objects()) {
                        rows.add(object(cache, slab, object));
                    }
                })
                .ifPresent(kernel.problems());
    }

    private static Map<String, Object> object(SlabCache cache, Slab slab, Slab.SlabObject object) {
        return Table.row(
                "cache", cache.name(),
                "slab", Json.address(slab.structure().address()),
                "list", slab.list(),
                "object", Json.address(object.address()),
                "state", object.state().name().toLowerCase(Locale.ROOT));
    }

    /// `node`, `zone`, `order`, `size` (KiB of a block), `use`, `list`, `blocks`, `pages`; with -F
    /// `first_pages` (addresses of the blocks' first struct page).
    ///
    /// @param frames only areas that have these; none for all
    List<Map<String, Object>> free(boolean withPages, Set<Long> frames) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (FreeArea area : kernel.told(FreeArea.all(kernel.types()))) {
            if (!frames.isEmpty() && !has(area, frames)) {
                continue;
            }
            Map<String, Object> row = Table.row(
                    "node", area.zone().node(),
                    "zone", area.zone().name(),
                    "order", area.order(),
                    "size", (long) kernel.vmcore().pageSize() / 1024 << area.order(),
                    "use", area.use(),
                    "list", Json.address(area.head()),
                    "blocks", area.blocks().size(),
                    "pages", area.pages());
            if (withPages) {
                row.put("first_pages", area.blocks().stream().map(Json::address).toList());
            }
            rows.add(row);
        }
        return rows;
    }

    private boolean has(FreeArea area, Set<Long> frames) throws IOException {
        PageMap map = PageRows.pageMap(kernel);
        for (long block : area.blocks()) {
            long first = map.frame(block);
            if (frames.stream().anyMatch(frame -> frame - first >= 0 && frame - first < 1L << area.order())) {
                return true;
            }
        }
        return false;
    }

    /// `name`, `bit`, `value`.
    List<Map<String, Object>> flags(List<String> words) throws IOException {
        long wanted = words.isEmpty() ? -1 : Long.parseUnsignedLong(hexadecimal(words.getFirst()), 16);
        List<Map<String, Object>> rows = new ArrayList<>();
        new TreeMap<>(PageFrame.flagNames(kernel.types())).forEach((bit, name) -> {
            if ((wanted >>> bit & 1) != 0) {
                rows.add(Table.row("name", "PG_" + name, "bit", bit, "value", Json.address(1L << bit)));
            }
        });
        return rows;
    }

    private static String hexadecimal(String word) throws IOException {
        String plain = word.replaceFirst("^0x", "");
        if (!plain.matches("[0-9a-fA-F]{1,16}")) {
            throw new IOException("'" + word + "' is no hexadecimal number");
        }
        return plain;
    }

    /// `vmap_area`, `vm_struct` (null if it has none), `start`, `end`, `size` (bytes).
    ///
    /// @param addresses only areas that have one of these; none for all
    List<Map<String, Object>> vmalloc(List<Long> addresses) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (VmallocArea area : kernel.told(VmallocArea.all(kernel.types()))) {
            long length = area.end() - area.start();
            boolean wanted = addresses.isEmpty()
                    || addresses.stream().anyMatch(each -> Long.compareUnsigned(each - area.start(), length) < 0);
            if (wanted) {
                rows.add(Table.row(
                        "vmap_area", Json.address(area.area()),
                        "vm_struct", area.structure() == 0 ? null : Json.address(area.structure()),
                        "start", Json.address(area.start()),
                        "end", Json.address(area.end()),
                        "size", length));
            }
        }
        return rows;
    }

    /// `of` (`zones`, `nodes`, `events`), `counter`, `value`.
    List<Map<String, Object>> counters() throws IOException {
        Map<String, Map<String, Long>> all = new LinkedHashMap<>();
        all.put("zones", Counters.ofZones(kernel.types()));
        all.put("nodes", Counters.ofNodes(kernel.types()));
        all.put("events", Counters.ofEvents(kernel.types(), kernel.perCpu()));
        List<Map<String, Object>> rows = new ArrayList<>();
        all.forEach((of, some) ->
                some.forEach((name, value) -> rows.add(Table.row("of", of, "counter", name, "value", value))));
        return rows;
    }

    /// `node`, `zone`, `address`, `start_pfn`, `spanned`, `present`, `managed`, `free` (pages), `min`, `low`,
    /// `high`.
    List<Map<String, Object>> zones() throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Zone zone : Zone.all(kernel.types())) {
            rows.add(Table.row(
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

    /// Nodes: `node`, `pglist_data`, `start_pfn`, `spanned`, `present` (pages). Sections: `section` (its
    /// number), `mem_section`, `coded_mem_map`, `mem_map`, `state` (letters), `pfn`. Blocks: `block` (its
    /// number), `memory_block`, `first_section`, `state`, `node` (null if it is not known).
    List<Map<String, Object>> nodes() throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Struct node : Zone.nodes(kernel.types())) {
            rows.add(Table.row(
                    "node", node.number("node_id"),
                    "pglist_data", Json.address(node.address()),
                    "start_pfn", node.number("node_start_pfn"),
                    "spanned", node.number("node_spanned_pages"),
                    "present", node.number("node_present_pages")));
        }
        for (MemorySection section : MemorySection.all(kernel.types())) {
            rows.add(Table.row(
                    "section", section.number(),
                    "mem_section", Json.address(section.address()),
                    "coded_mem_map", Json.address(section.codedMap()),
                    "mem_map", Json.address(section.firstPage()),
                    "state", section.state(),
                    "pfn", section.firstFrame()));
        }
        for (MemoryBlock block : kernel.told(MemoryBlock.all(kernel.types()))) {
            rows.add(Table.row(
                    "block", block.number(),
                    "memory_block", Json.address(block.address()),
                    "first_section", block.firstSection(),
                    "state", block.state(),
                    "node", block.node() < 0 ? null : block.node()));
        }
        return rows;
    }

    /// `cpu`, `offset`.
    List<Map<String, Object>> perCpu() throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int cpu : kernel.perCpu().cpus()) {
            rows.add(
                    Table.row("cpu", cpu, "offset", Json.address(kernel.perCpu().address(0, cpu))));
        }
        return rows;
    }

    /// `hstate`, `size` (KiB), `free`, `total`, `reserved` (pages of that size), `name`.
    List<Map<String, Object>> huge() throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (MemoryInfo.HugePages pool : MemoryInfo.HugePages.all(kernel.types())) {
            rows.add(Table.row(
                    "hstate", Json.address(pool.address()),
                    "size", (long) kernel.vmcore().pageSize() / 1024 << pool.order(),
                    "free", pool.free(),
                    "total", pool.total(),
                    "reserved", pool.reserved(),
                    "name", pool.name()));
        }
        return rows;
    }
}
