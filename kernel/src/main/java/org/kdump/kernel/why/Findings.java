package org.kdump.kernel.why;

import java.util.List;
import java.util.Optional;

/// What a look around in a crashed kernel finds.
///
/// @param details what is known of this kind of failure beyond the log, a sentence each
/// @param machineCheck what the hardware told of an error that was fatal; empty if it was none
/// @param locked CPUs that were locked up, the one that was silent longest first
/// @param waiting tasks that wait and cannot be interrupted, the one that waits longest first
/// @param corrupt lists that do not hang together
/// @param memory how memory stood; empty if it cannot be told
public record Findings(
        List<String> details,
        Optional<MachineCheck> machineCheck,
        List<LockedCpu> locked,
        List<WaitingTask> waiting,
        List<CorruptList> corrupt,
        Optional<MemoryState> memory) {
    static final Findings NONE =
            new Findings(List.of(), Optional.empty(), List.of(), List.of(), List.of(), Optional.empty());

    /// Copies the lists.
    public Findings {
        details = List.copyOf(details);
        locked = List.copyOf(locked);
        waiting = List.copyOf(waiting);
        corrupt = List.copyOf(corrupt);
    }
}
