package org.kdump.kernel.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;

/// What the kernel's memory is used for, all at a glance.
///
/// @param what in crash's words, `TOTAL MEM`
/// @param pages how many
/// @param of what they are a share of, another of these; empty for a total
public record MemoryInfo(String what, long pages, Optional<String> of) {
    private static final String TOTAL = "TOTAL MEM";
    private static final String HUGE = "TOTAL HUGE";
    private static final String SWAP = "TOTAL SWAP";
    private static final String LIMIT = "COMMIT LIMIT";
    private static final int MOST_STATES = 64;

    /// All of them.
    ///
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static List<MemoryInfo> all(TypedMemory kernel, PerCpu perCpu) throws IOException {
        Map<String, Long> zones = Counters.ofZones(kernel);
        Map<String, Long> nodes = Counters.ofNodes(kernel);
        long total = word(kernel, "_totalram_pages");
        long free = zones.getOrDefault("NR_FREE_PAGES", 0L);
        long buffers = buffers(kernel);
        long swapped = nodes.getOrDefault("NR_SWAPCACHE", 0L);
        List<MemoryInfo> all = new ArrayList<>();
        all.add(new MemoryInfo(TOTAL, total, Optional.empty()));
        all.add(share("FREE", free, TOTAL));
        all.add(share("USED", total - free, TOTAL));
        all.add(share("SHARED", nodes.getOrDefault("NR_SHMEM", 0L), TOTAL));
        all.add(share("BUFFERS", buffers, TOTAL));
        all.add(share("CACHED", nodes.getOrDefault("NR_FILE_PAGES", 0L) - buffers - swapped, TOTAL));
        all.add(share("SLAB", slab(nodes), TOTAL));
        all.add(share("ANONYMOUS", nodes.getOrDefault("NR_ANON_MAPPED", 0L), TOTAL));
        all.add(share("PAGE TABLES", nodes.getOrDefault("NR_PAGETABLE", 0L), TOTAL));
        all.add(share("KERNEL STACKS", nodes.getOrDefault("NR_KERNEL_STACK_KB", 0L) * 1024 / pageSize(kernel), TOTAL));
        huge(kernel, all);
        long swap = word(kernel, "total_swap_pages");
        long swapFree = word(kernel, "nr_swap_pages");
        all.add(new MemoryInfo(SWAP, swap, Optional.empty()));
        all.add(share("SWAP USED", swap - swapFree, SWAP));
        all.add(share("SWAP FREE", swapFree, SWAP));
        all.add(new MemoryInfo(LIMIT, limit(kernel, total, swap), Optional.empty()));
        all.add(share("COMMITTED", committed(kernel, perCpu), LIMIT));
        return all;
    }

    private static MemoryInfo share(String what, long pages, String of) {
        return new MemoryInfo(what, pages, Optional.of(of));
    }

    private static long pageSize(TypedMemory kernel) {
        return kernel.memory().vmcore().pageSize();
    }

    private static long slab(Map<String, Long> nodes) {
        return nodes.getOrDefault("NR_SLAB_RECLAIMABLE_B", 0L) + nodes.getOrDefault("NR_SLAB_UNRECLAIMABLE_B", 0L);
    }

    /// Pages of block devices, as the kernel counts them (`nr_blockdev_pages`, block/bdev.c).
    private static long buffers(TypedMemory kernel) throws IOException {
        OptionalLong superblock = kernel.findSymbol("blockdev_superblock");
        long address = superblock.isPresent() ? kernel.memory().word(superblock.getAsLong()) : 0;
        long pages = 0;
        if (address != 0) {
            long list = kernel.struct("super_block", address).addressOf("s_inodes");
            for (Struct inode :
                    Lists.entries(kernel.struct("inode"), "i_sb_list", list).items()) {
                Optional<Struct> mapping = inode.follow("i_mapping");
                pages += mapping.isPresent() ? mapping.get().number("nrpages") : 0;
            }
        }
        return pages;
    }

    private static void huge(TypedMemory kernel, List<MemoryInfo> all) throws IOException {
        long total = 0;
        long free = 0;
        for (HugePages pool : HugePages.all(kernel)) {
            total += pool.total() << pool.order();
            free += pool.free() << pool.order();
        }
        all.add(new MemoryInfo(HUGE, total, Optional.empty()));
        all.add(share("HUGE FREE", free, HUGE));
    }

    /// `vm_commit_limit` (mm/util.c).
    private static long limit(TypedMemory kernel, long total, long swap) throws IOException {
        long kibibytes = word(kernel, "sysctl_overcommit_kbytes");
        if (kibibytes > 0) {
            return kibibytes * 1024 / pageSize(kernel) + swap;
        }
        OptionalLong ratio = kernel.findSymbol("sysctl_overcommit_ratio");
        long percent = ratio.isPresent() ? kernel.memory().u32(ratio.getAsLong()) : 0;
        return total * percent / 100 + swap;
    }

    /// A sum that CPUs hold parts of (`struct percpu_counter`).
    private static long committed(TypedMemory kernel, PerCpu perCpu) throws IOException {
        OptionalLong variable = kernel.findSymbol("vm_committed_as");
        if (variable.isEmpty()) {
            return 0;
        }
        Struct counter = kernel.struct("percpu_counter", variable.getAsLong());
        long sum = counter.number("count");
        long parts = counter.type().has("counters") ? counter.number("counters") : 0;
        for (int cpu : parts == 0 ? List.<Integer>of() : perCpu.cpus()) {
            sum += kernel.memory().s32(perCpu.address(parts, cpu));
        }
        return sum;
    }

    private static long word(TypedMemory kernel, String symbol) throws IOException {
        OptionalLong address = kernel.findSymbol(symbol);
        return address.isPresent() ? kernel.memory().word(address.getAsLong()) : 0;
    }

    /// A pool of huge pages (`hstates`, mm/hugetlb.c).
    ///
    /// @param address of its `struct hstate`
    /// @param order of its pages' size
    /// @param free pages that nobody has
    /// @param total all its pages
    /// @param reserved those that somebody is promised
    /// @param name its name
    public record HugePages(long address, int order, long free, long total, long reserved, String name) {
        /// All pools.
        ///
        /// @throws IOException if the dump cannot be read
        public static List<HugePages> all(TypedMemory kernel) throws IOException {
            OptionalLong states = kernel.findSymbol("hstates");
            OptionalLong count = kernel.findSymbol("hugetlb_max_hstate");
            long last =
                    states.isPresent() && count.isPresent() ? kernel.memory().u32(count.getAsLong()) : 0;
            List<HugePages> all = new ArrayList<>();
            for (long i = 0; i < Math.min(last, MOST_STATES); i++) {
                var type = kernel.struct("hstate");
                Struct state = type.at(states.getAsLong() + i * type.size());
                all.add(new HugePages(
                        state.address(),
                        Math.clamp(state.number("order"), 0, 30),
                        state.number("free_huge_pages"),
                        state.number("nr_huge_pages"),
                        state.number("resv_huge_pages"),
                        state.text("name")));
            }
            return all;
        }
    }
}
