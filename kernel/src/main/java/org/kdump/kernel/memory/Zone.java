package org.kdump.kernel.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;

/// A zone of a node's memory (include/linux/mmzone.h).
///
/// @param structure its `struct zone`
/// @param node the node's number
/// @param name `DMA32`, `Normal`
/// @param start its first page frame
/// @param spanned page frames from its first to its last
/// @param present those of them that are memory
/// @param managed those that the kernel gives out
/// @param minimal of free pages, below which it waits for memory
/// @param low of free pages, below which it looks for memory
/// @param high of free pages, up to which it does
/// @param counters of its pages
public record Zone(
        Struct structure,
        int node,
        String name,
        long start,
        long spanned,
        long present,
        long managed,
        long minimal,
        long low,
        long high,
        Map<String, Long> counters) {
    private static final int MOST_NODES = 1 << 10;
    private static final int MOST_ZONES = 16;

    /// Those of all nodes.
    ///
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static List<Zone> all(TypedMemory kernel) throws IOException {
        List<Zone> all = new ArrayList<>();
        for (Struct node : nodes(kernel)) {
            long zones = Math.clamp(node.number("nr_zones"), 0, MOST_ZONES);
            for (int i = 0; i < zones; i++) {
                all.add(of(node.inner("node_zones[" + i + "]"), (int) node.number("node_id")));
            }
        }
        return all;
    }

    /// The nodes' `struct pglist_data`.
    ///
    /// @throws IOException as [#all]
    public static List<Struct> nodes(TypedMemory kernel) throws IOException {
        OptionalLong only = kernel.findSymbol("contig_page_data");
        if (only.isPresent()) {
            return List.of(kernel.struct("pglist_data", only.getAsLong()));
        }
        OptionalLong count = kernel.findSymbol("nr_node_ids");
        long nodes = count.isPresent() ? Math.clamp(kernel.memory().u32(count.getAsLong()), 0, MOST_NODES) : 1;
        List<Struct> all = new ArrayList<>();
        for (long i = 0; i < nodes; i++) {
            long address = kernel.memory()
                    .word(kernel.symbol("node_data") + i * kernel.types().pointerSize());
            if (address != 0) {
                all.add(kernel.struct("pglist_data", address));
            }
        }
        return all;
    }

    private static Zone of(Struct zone, int node) throws IOException {
        return new Zone(
                zone,
                node,
                LogText.printable(zone.text("name")),
                zone.number("zone_start_pfn"),
                zone.number("spanned_pages"),
                zone.number("present_pages"),
                zone.number("managed_pages.counter"),
                zone.number("_watermark[0]"),
                zone.number("_watermark[1]"),
                zone.number("_watermark[2]"),
                Counters.array(zone.type().memory(), "zone_stat_item", zone.addressOf("vm_stat")));
    }
}
