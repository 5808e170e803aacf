package org.kdump.kernel.why;

import java.util.List;
import java.util.Optional;

/// How memory stood when the machine crashed. All sizes are bytes.
///
/// @param total what the kernel has to give out
/// @param free what nobody had
/// @param zones by their number and node, those without memory left out
/// @param slab what caches of the kernel's objects have
/// @param unreclaimable what of it cannot be taken back
/// @param swap there is; 0 if none
/// @param freeSwap what nobody used of it
/// @param largest the processes that had most, the largest first; none unless memory was short
/// @param request what could not be met; empty unless the log tells
public record MemoryState(
        long total,
        long free,
        List<ZoneState> zones,
        long slab,
        long unreclaimable,
        long swap,
        long freeSwap,
        List<LargeTask> largest,
        Optional<Request> request) {
    /// Of all memory; less is too little.
    private static final double LITTLE = 0.05;

    /// A zone.
    ///
    /// @param node its node's number
    /// @param name its name: `DMA32`
    /// @param free what nobody had of it, in bytes
    /// @param minimum what only the kernel's most urgent requests may touch, in bytes (the `min`
    ///     watermark)
    public record ZoneState(int node, String name, long free, long minimum) {
        /// Whether there was less than that.
        public boolean isShort() {
            return free < minimum;
        }
    }

    /// A process that had much memory.
    ///
    /// @param pid its number
    /// @param comm its name
    /// @param address of its `struct task_struct`
    /// @param resident what it had in memory, in bytes
    public record LargeTask(int pid, String comm, long address, long resident) {}

    /// A request for memory that could not be met.
    ///
    /// @param comm the name of the task that made it
    /// @param order of its size: 2^order pages
    /// @param flags how it was to be met, in the kernel's words: `GFP_KERNEL|__GFP_ZERO`
    public record Request(String comm, int order, String flags) {}

    /// Copies the lists.
    public MemoryState {
        zones = List.copyOf(zones);
        largest = List.copyOf(largest);
    }

    /// The share of memory that was free, from 0 to 1.
    public double freeShare() {
        return (double) free / total;
    }

    /// Whether there was too little.
    public boolean isShort() {
        return freeShare() < LITTLE || zones.stream().anyMatch(ZoneState::isShort);
    }
}
