package org.kdump.capture;

import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Note;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.VirtualMemory;

/// What the kernel itself counted of its pages, to be compared with what was found in the mem_map.
///
/// Free pages stand in each zone's `vm_stat[NR_FREE_PAGES]` (include/linux/mmzone.h), pages on the lists of memory that
/// can be reclaimed in `vm_node_stat` (mm/vmstat.c): each page cache page and each anonymous one is on such a list, or
/// on its way there. A CPU keeps changes to itself up to a threshold of 125 (`calculate_normal_threshold`), so much may
/// be missing for each CPU and counter, and batches of pages on their way (`PAGEVEC_SIZE`, at most 31).
///
/// @param free pages by the kernel's count; empty if it cannot be had
/// @param freeTolerance by how many pages that may differ with nothing wrong
/// @param listed pages on lists; empty if it cannot be had
/// @param listedTolerance by how many pages that may differ with nothing wrong
record KernelCounters(OptionalLong free, long freeTolerance, OptionalLong listed, long listedTolerance) {
    private static final int CPU_KEEPS = 125;
    private static final int BATCH = 31;
    private static final int MOST_NODES = 1 << 16;
    private static final int MOST_ZONES = 64;
    /// A batch may hold large folios.
    private static final int LISTED_SHARE = 64;

    private static final List<String> LISTS = List.of(
            "NR_INACTIVE_ANON",
            "NR_ACTIVE_ANON",
            "NR_INACTIVE_FILE",
            "NR_ACTIVE_FILE",
            "NR_UNEVICTABLE",
            "NR_ISOLATED_ANON",
            "NR_ISOLATED_FILE");

    /// Those of the kernel in `vmcore`, as far as they can be had.
    static KernelCounters of(Vmcore vmcore, KernelFacts facts) {
        long cpus = vmcore.notes().stream()
                .filter(note -> note.type() == Note.NT_PRSTATUS)
                .count();
        long keeps = Math.max(1, cpus) * CPU_KEEPS;
        OptionalLong free = OptionalLong.empty();
        long zones = 0;
        OptionalLong listed = OptionalLong.empty();
        try {
            VirtualMemory memory = VirtualMemory.kernel(vmcore);
            listed = listed(memory, facts);
            Zones all = new Zones(memory);
            free = OptionalLong.of(all.free);
            zones = all.count;
        } catch (IOException | MalformedInputException unknown) {
            // What could be had until then is compared.
        }
        long onTheWay = LISTS.size() * (keeps + Math.max(1, cpus) * BATCH) + listed.orElse(0) / LISTED_SHARE;
        return new KernelCounters(free, keeps * zones, listed, onTheWay);
    }

    private static OptionalLong listed(VirtualMemory memory, KernelFacts facts) throws IOException {
        OptionalLong counters = facts.symbol("vm_node_stat");
        long sum = 0;
        for (String list : LISTS) {
            OptionalLong item = facts.enumerator(list);
            if (counters.isEmpty() || item.isEmpty()) {
                return OptionalLong.empty();
            }
            int wordSize = memory.vmcore().elfClass().wordSize();
            sum += memory.word(counters.getAsLong() + item.getAsLong() * wordSize);
        }
        return OptionalLong.of(sum);
    }

    /// Sums over the zones of all nodes.
    private static final class Zones {
        private final VirtualMemory memory;
        private final VmcoreInfo info;
        private final long wordSize;
        private long free;
        private long count;

        private Zones(VirtualMemory memory) throws IOException {
            this.memory = memory;
            info = memory.vmcore().info();
            wordSize = memory.vmcore().elfClass().wordSize();
            OptionalLong onlyNode = info.symbol("contig_page_data");
            if (onlyNode.isPresent()) {
                node(onlyNode.getAsLong());
                return;
            }
            long nodes = Math.min(info.requireLength("node_data"), MOST_NODES);
            for (long i = 0; i < nodes; i++) {
                long node = memory.word(info.requireSymbol("node_data") + i * wordSize);
                if (node != 0) {
                    node(node);
                }
            }
        }

        private void node(long address) throws IOException {
            long zones = memory.u32(address + info.requireOffset("pglist_data.nr_zones"));
            for (long i = 0; i < Math.min(zones, MOST_ZONES); i++) {
                long zone = address + info.requireOffset("pglist_data.node_zones") + i * info.requireSize("zone");
                long counter = info.requireOffset("zone.vm_stat") + info.requireNumber("NR_FREE_PAGES") * wordSize;
                free += memory.word(zone + counter);
                count++;
            }
        }
    }

    /// The classes that the kernel counted otherwise, with a sentence that says so.
    Map<PageClass, String> doubts(Selection found) {
        Map<PageClass, String> doubts = new EnumMap<>(PageClass.class);
        long freeHere = found.found(PageKind.FREE) + found.found(PageKind.UNACCEPTED);
        if (free.isPresent() && Math.abs(free.getAsLong() - freeHere) > freeTolerance) {
            doubts.put(PageClass.FREE, counted(free.getAsLong(), "free", freeHere));
        }
        long listedHere =
                found.found(PageKind.CACHE) + found.found(PageKind.PRIVATE_CACHE) + found.found(PageKind.ANONYMOUS);
        if (listed.isPresent() && listedHere > listed.getAsLong() + listedTolerance) {
            for (PageClass what : List.of(PageClass.CACHE, PageClass.PRIVATE_CACHE, PageClass.USER)) {
                doubts.put(what, counted(listed.getAsLong(), "cache and user", listedHere));
            }
        }
        return doubts;
    }

    private static String counted(long counted, String what, long here) {
        return "the kernel counted " + counted + " " + what + " pages, and its mem_map has " + here;
    }
}
