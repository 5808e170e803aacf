package org.kdump.capture;

import java.util.Map;

/// What decides on the pages of a dump beside its level.
///
/// @param countersCompared whether what is found in the mem_map is compared with all counters of the kernel, which
/// takes
///     its symbols and types; else with those alone that VMCOREINFO leads to
/// @param memoryMapTrimmed whether those pages of the mem_map are left out too that tell of pages alone which are
/// @param logFirst whether the pages that the log is read from are written before all others, so that a dump which ends
///     early has them
/// @param filters the filters that decide, by what they are given: an argument each
public record PageRules(
        boolean countersCompared, boolean memoryMapTrimmed, boolean logFirst, Map<DumpFilter, String> filters) {
    /// The level decides alone.
    public static final PageRules NONE = new PageRules(false, false, false, Map.of());

    /// Copies the map.
    public PageRules {
        filters = Map.copyOf(filters);
    }
}
