package org.kdump.kernel.why;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.memory.Counters;
import org.kdump.kernel.memory.Zone;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.task.MemoryUse;
import org.kdump.kernel.task.Task;
import org.kdump.kernel.unwind.TaskStacks;
import org.kdump.kernel.why.MemoryState.LargeTask;
import org.kdump.kernel.why.MemoryState.Request;
import org.kdump.kernel.why.MemoryState.ZoneState;
import org.kdump.vmcore.paging.MemoryFault;

/// Finds out how memory stood.
final class MemorySearch {
    private static final int MOST_TASKS = 3;

    /// `dump_header` (mm/oom_kill.c); the names of the flags are there since Linux 4.6.
    private static final Pattern REQUEST = Pattern.compile(
            "(.*) invoked oom-killer: gfp_mask=(?:0x[0-9a-f]+)?\\(?([^),]*)\\)?,.* order=(-?\\d{1,3}),.*");

    private final TypedMemory kernel;
    private final TaskStacks stacks;
    private final List<Struct> tasks;

    MemorySearch(TypedMemory kernel, TaskStacks stacks, List<Struct> tasks) {
        this.kernel = kernel;
        this.stacks = stacks;
        this.tasks = tasks;
    }

    /// All of it; empty if the kernel does not tell how much there is.
    ///
    /// @param ranOut whether the kernel died of too little memory
    /// @param headline the line of the log that tells what failed
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    Optional<MemoryState> find(boolean ranOut, Optional<String> headline) throws IOException {
        long page = kernel.memory().vmcore().pageSize();
        long total = word("_totalram_pages") * page;
        long free = Counters.ofZones(kernel).getOrDefault("NR_FREE_PAGES", 0L) * page;
        if (total <= 0 || free < 0 || free > total) {
            return Optional.empty();
        }
        Map<String, Long> nodes = Counters.ofNodes(kernel);
        long unreclaimable = nodes.getOrDefault("NR_SLAB_UNRECLAIMABLE_B", 0L) * page;
        MemoryState state = new MemoryState(
                total,
                free,
                zones(page),
                nodes.getOrDefault("NR_SLAB_RECLAIMABLE_B", 0L) * page + unreclaimable,
                unreclaimable,
                word("total_swap_pages") * page,
                word("nr_swap_pages") * page,
                List.of(),
                headline.flatMap(MemorySearch::request));
        return Optional.of(ranOut || state.isShort() ? with(state, largest(page)) : state);
    }

    private static MemoryState with(MemoryState state, List<LargeTask> largest) {
        return new MemoryState(
                state.total(),
                state.free(),
                state.zones(),
                state.slab(),
                state.unreclaimable(),
                state.swap(),
                state.freeSwap(),
                largest,
                state.request());
    }

    private long word(String symbol) throws IOException {
        OptionalLong address = kernel.findSymbol(symbol);
        return address.isPresent() ? kernel.memory().word(address.getAsLong()) : 0;
    }

    private List<ZoneState> zones(long page) throws IOException {
        List<ZoneState> zones = new ArrayList<>();
        for (Zone zone : Zone.all(kernel)) {
            if (zone.managed() > 0) {
                long free = zone.counters().getOrDefault("NR_FREE_PAGES", 0L);
                zones.add(new ZoneState(zone.node(), zone.name(), free * page, zone.minimal() * page));
            }
        }
        return zones;
    }

    private List<LargeTask> largest(long page) throws IOException {
        PerCpu perCpu = PerCpu.of(kernel);
        List<LargeTask> all = new ArrayList<>();
        for (Struct structure : tasks) {
            try {
                Task task = new Task(structure);
                if (task.isLeader() && task.memory().isPresent()) {
                    MemoryUse use = MemoryUse.of(task, stacks.threads(structure).items(), perCpu);
                    all.add(new LargeTask(
                            task.processId(), task.name(), structure.address(), use.residentPages() * page));
                }
            } catch (MemoryFault notInDump) {
                // The others are known.
            }
        }
        all.sort(Comparator.comparing(LargeTask::resident).reversed());
        return all.subList(0, Math.min(MOST_TASKS, all.size()));
    }

    /// What a line of the log says that was asked for.
    static Optional<Request> request(String line) {
        Matcher match = REQUEST.matcher(line);
        return match.matches()
                ? Optional.of(new Request(match.group(1), Integer.parseInt(match.group(3)), match.group(2)))
                : Optional.empty();
    }
}
