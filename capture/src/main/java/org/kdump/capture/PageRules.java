package org.kdump.capture;

/// What decides on the pages of a dump beside its level.
///
/// @param countersCompared whether what is found in the mem_map is compared with all counters of the kernel, which
/// takes
///     its symbols and types; else with those alone that VMCOREINFO leads to
public record PageRules(boolean countersCompared) {
    /// The level decides alone.
    public static final PageRules NONE = new PageRules(false);
}
