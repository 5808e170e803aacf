package org.kdump.capture;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Note;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.VirtualMemory;

/// How many pages of a class the kernel itself counted, to be compared with what was found in the mem_map.
///
/// Free pages stand in each zone's `vm_stat[NR_FREE_PAGES]` (include/linux/mmzone.h). A CPU keeps changes to itself up
/// to a threshold of 125 (mm/vmstat.c, `calculate_normal_threshold`), so much may be missing for each CPU and zone.
///
/// @param free pages by the kernel's count; empty if it cannot be had
/// @param tolerance by how many pages a count may differ with nothing wrong
record KernelCounters(OptionalLong free, long tolerance) {
    private static final int CPU_KEEPS = 125;
    private static final int MOST_NODES = 1 << 16;
    private static final int MOST_ZONES = 64;

    /// Those of the kernel in `vmcore`, as far as they can be had.
    static KernelCounters of(Vmcore vmcore) {
        long cpus = vmcore.notes().stream()
                .filter(note -> note.type() == Note.NT_PRSTATUS)
                .count();
        try {
            Zones zones = new Zones(VirtualMemory.kernel(vmcore));
            return new KernelCounters(OptionalLong.of(zones.free), Math.max(1, cpus) * zones.count * CPU_KEEPS);
        } catch (IOException | MalformedInputException problem) {
            return new KernelCounters(OptionalLong.empty(), 0);
        }
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

    /// The classes of which the kernel counted something else, with a sentence that says so.
    Map<PageClass, String> doubts(Map<PageClass, Long> found) {
        Map<PageClass, String> doubts = new LinkedHashMap<>();
        doubt(doubts, PageClass.FREE, free, found);
        return doubts;
    }

    private void doubt(
            Map<PageClass, String> doubts, PageClass what, OptionalLong counted, Map<PageClass, Long> found) {
        long here = found.getOrDefault(what, 0L);
        if (counted.isPresent() && Math.abs(counted.getAsLong() - here) > tolerance) {
            doubts.put(
                    what,
                    "the kernel counted " + counted.getAsLong() + " " + what.label() + " pages, and its mem_map has "
                            + here);
        }
    }
}
