package org.kdump.capture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.FutureTask;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Note;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.VirtualMemory;

/// What the kernel itself counted of its pages, to be compared with what was found in the mem_map.
///
/// Free pages stand in each zone's `vm_stat[NR_FREE_PAGES]` (include/linux/mmzone.h), pages of slab, of files, of
/// processes and on the lists of memory that can be reclaimed in `vm_node_stat` (mm/vmstat.c), hugetlb pages in
/// `hstates` (mm/hugetlb.c). A CPU keeps changes to itself up to a threshold of 125 (`calculate_normal_threshold`), so
/// much may be missing for each CPU and counter, and batches of pages on their way (`PAGEVEC_SIZE`, at most 31).
final class KernelCounters {
    private static final int CPU_KEEPS = 125;
    private static final int BATCH = 31;
    private static final int MOST_NODES = 1 << 16;
    private static final int MOST_ZONES = 64;
    private static final int MOST_HUGE_SIZES = 64;
    private static final int LARGEST_ORDER = 30;
    /// A batch may hold large folios, and a page that is cut off from its file stays on a list for a while.
    private static final int SHARE_ON_THE_WAY = 64;

    private static final List<PageClass> RECLAIMABLE =
            List.of(PageClass.CACHE, PageClass.PRIVATE_CACHE, PageClass.USER);

    private static final List<String> LISTS = List.of(
            "NR_INACTIVE_ANON",
            "NR_ACTIVE_ANON",
            "NR_INACTIVE_FILE",
            "NR_ACTIVE_FILE",
            "NR_UNEVICTABLE",
            "NR_ISOLATED_ANON",
            "NR_ISOLATED_FILE");

    private final VirtualMemory memory;
    private final KernelFacts facts;
    private final long wordSize;
    private final long keeps;
    private final List<Counter> counters = new ArrayList<>();

    /// A number of the kernel's.
    ///
    /// @param what it counts, for the user
    /// @param counted by the kernel
    /// @param least how many of [#kinds] there are at least if all is well
    /// @param most how many there are at most
    /// @param doubted what must not be left out otherwise
    private record Counter(
            String what, long counted, long least, long most, List<PageKind> kinds, List<PageClass> doubted) {}

    /// Begins to read all of them, which takes the kernel's symbols and types, on a thread of its own: that takes
    /// about as long as classifying does.
    static FutureTask<KernelCounters> begin(Vmcore vmcore) {
        FutureTask<KernelCounters> reading =
                new FutureTask<>(() -> of(vmcore, KernelFacts.of(vmcore.info()).or(TypedFacts.of(vmcore))));
        Thread.ofPlatform().daemon().name("counters").start(reading);
        return reading;
    }

    /// Reads those that VMCOREINFO leads to.
    static KernelCounters of(Vmcore vmcore) {
        return of(vmcore, KernelFacts.of(vmcore.info()));
    }

    /// Reads those that can be had of the kernel in `vmcore`.
    private static KernelCounters of(Vmcore vmcore, KernelFacts facts) {
        try {
            KernelCounters counters = new KernelCounters(VirtualMemory.kernel(vmcore), facts);
            counters.attempt(counters::free);
            counters.attempt(counters::listed);
            counters.attempt(counters::slab);
            counters.attempt(counters::anonymous);
            counters.attempt(counters::files);
            counters.attempt(counters::huge);
            return counters;
        } catch (IOException | MalformedInputException unknown) {
            return new KernelCounters(vmcore);
        }
    }

    private KernelCounters(Vmcore vmcore) {
        memory = null;
        facts = null;
        wordSize = vmcore.elfClass().wordSize();
        keeps = 0;
    }

    private KernelCounters(VirtualMemory memory, KernelFacts facts) {
        this.memory = memory;
        this.facts = facts;
        wordSize = memory.vmcore().elfClass().wordSize();
        long cpus = memory.vmcore().notes().stream()
                .filter(note -> note.type() == Note.NT_PRSTATUS)
                .count();
        keeps = Math.max(1, cpus) * (CPU_KEEPS + BATCH);
    }

    /// Reads a counter.
    @FunctionalInterface
    private interface Reading {
        void read() throws IOException;
    }

    /// What cannot be read is not compared.
    private void attempt(Reading reading) {
        try {
            reading.read();
        } catch (IOException | MalformedInputException unknown) {
            // The other counters are still there.
        }
    }

    private void free() throws IOException {
        Zones zones = new Zones();
        long tolerance = keeps * zones.count;
        counters.add(new Counter(
                "free",
                zones.free,
                zones.free - tolerance,
                zones.free + tolerance,
                List.of(PageKind.FREE, PageKind.UNACCEPTED),
                List.of(PageClass.FREE)));
    }

    private void listed() throws IOException {
        OptionalLong sum = OptionalLong.of(0);
        for (String list : LISTS) {
            sum = sum(sum, nodes(list));
        }
        List<PageKind> kinds = List.of(PageKind.CACHE, PageKind.PRIVATE_CACHE, PageKind.ANONYMOUS);
        atMost("cache and user", sum, LISTS.size(), kinds, RECLAIMABLE);
    }

    /// Of kmalloc, what is larger than any cache is counted too; such pages are compound, and of no other kind.
    private void slab() throws IOException {
        OptionalLong sum = sum(first("NR_SLAB_RECLAIMABLE_B", "NR_SLAB_RECLAIMABLE"), OptionalLong.of(0));
        sum = sum(sum, first("NR_SLAB_UNRECLAIMABLE_B", "NR_SLAB_UNRECLAIMABLE"));
        if (sum.isPresent()) {
            long counted = sum.getAsLong();
            List<PageKind> kinds = List.of(PageKind.SLAB, PageKind.COMPOUND);
            counters.add(
                    new Counter("slab", counted, counted - tolerance(counted, 2), Long.MAX_VALUE, kinds, RECLAIMABLE));
        }
    }

    /// Memory of processes that is swapped out in part has pages that no process maps.
    private void anonymous() throws IOException {
        OptionalLong swap = nodes("NR_SWAPCACHE");
        OptionalLong sum = sum(nodes("NR_ANON_MAPPED"), swap.isPresent() ? swap : OptionalLong.of(0));
        atMost("anonymous", sum, 2, List.of(PageKind.ANONYMOUS), List.of(PageClass.USER));
    }

    private void files() throws IOException {
        List<PageClass> doubted = List.of(PageClass.CACHE, PageClass.PRIVATE_CACHE);
        OptionalLong own = nodes("NR_KERNEL_FILE_PAGES");
        OptionalLong sum = sum(nodes("NR_FILE_PAGES"), own.isPresent() ? own : OptionalLong.of(0));
        atMost("file", sum, 2, List.of(PageKind.CACHE, PageKind.PRIVATE_CACHE), doubted);
    }

    private void huge() throws IOException {
        OptionalLong states = facts.symbol("hstates");
        OptionalLong last = facts.symbol("hugetlb_max_hstate");
        OptionalLong size = facts.size("hstate");
        OptionalLong order = facts.offset("hstate.order");
        OptionalLong pages = facts.offset("hstate.nr_huge_pages");
        if (states.isEmpty() || last.isEmpty() || size.isEmpty() || order.isEmpty() || pages.isEmpty()) {
            return;
        }
        long sum = 0;
        long count = Math.min(memory.u32(last.getAsLong()), MOST_HUGE_SIZES);
        for (long i = 0; i < count; i++) {
            long state = states.getAsLong() + i * size.getAsLong();
            long shift = memory.u32(state + order.getAsLong());
            sum += memory.word(state + pages.getAsLong()) << Math.min(shift, LARGEST_ORDER);
        }
        atMost("hugetlb", OptionalLong.of(sum), 0, List.of(PageKind.HUGETLB), List.of(PageClass.USER));
    }

    /// More than were counted cannot be, but for the tolerance.
    private void atMost(String what, OptionalLong sum, int items, List<PageKind> kinds, List<PageClass> doubted) {
        if (sum.isPresent()) {
            long counted = sum.getAsLong();
            counters.add(new Counter(what, counted, 0, counted + tolerance(counted, items), kinds, doubted));
        }
    }

    private long tolerance(long counted, int items) {
        return items == 0 ? 0 : items * keeps + counted / SHARE_ON_THE_WAY;
    }

    private static OptionalLong sum(OptionalLong some, OptionalLong more) {
        return some.isPresent() && more.isPresent()
                ? OptionalLong.of(some.getAsLong() + more.getAsLong())
                : OptionalLong.empty();
    }

    private OptionalLong first(String item, String older) throws IOException {
        OptionalLong found = nodes(item);
        return found.isPresent() ? found : nodes(older);
    }

    /// An item of `vm_node_stat`, of all nodes; empty if this kernel does not count it.
    private OptionalLong nodes(String item) throws IOException {
        OptionalLong start = facts.symbol("vm_node_stat");
        OptionalLong index = facts.enumerator(item);
        return start.isEmpty() || index.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(memory.word(start.getAsLong() + index.getAsLong() * wordSize));
    }

    /// Sums over the zones of all nodes.
    private final class Zones {
        private final VmcoreInfo info;
        private long free;
        private long count;

        private Zones() throws IOException {
            info = memory.vmcore().info();
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
        for (Counter counter : counters) {
            long here = here(counter, found);
            if (here < counter.least || here > counter.most) {
                String sentence = "the kernel counted " + counter.counted + " " + counter.what
                        + " pages, and its mem_map has " + here;
                counter.doubted.forEach(what -> doubts.putIfAbsent(what, sentence));
            }
        }
        return doubts;
    }

    private static long here(Counter counter, Selection found) {
        return counter.kinds.stream().mapToLong(found::found).sum();
    }

    /// What was compared: a line each, for who wants to know.
    List<String> comparisons(Selection found) {
        return counters.stream()
                .map(counter -> counter.what + ": the kernel counted " + counter.counted + ", its mem_map has "
                        + here(counter, found))
                .toList();
    }
}
