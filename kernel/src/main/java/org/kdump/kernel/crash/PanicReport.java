package org.kdump.kernel.crash;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// What the log says of the death of the kernel.
///
/// @param headline the line that an engineer would name: what went wrong before the panic (`BUG: kernel NULL pointer
///     dereference, address: …`, `sysrq: Trigger a crash`), or the panic's own where nothing did; empty if there is
///     no sign of trouble near the end of the log
/// @param panic the line that the panic printed, from `Kernel panic - not syncing` on; a kernel that crashes in an
///     oops prints none
/// @param cpu the CPU that panicked
/// @param pid the task that panicked
/// @param command that task's name
/// @param tainted the taint flags as the kernel printed them (`Not tainted`, `Tainted: G        W`)
/// @param hardware the machine, as its firmware calls it
/// @param signs all lines that tell of trouble before the panic, oldest first, at most [#MOST_SIGNS]
/// @param timestampNanos nanoseconds since boot of the panic's record, or of the last record where there is no panic
public record PanicReport(
        Optional<String> headline,
        Optional<String> panic,
        OptionalInt cpu,
        OptionalInt pid,
        Optional<String> command,
        Optional<String> tainted,
        Optional<String> hardware,
        List<String> signs,
        OptionalLong timestampNanos) {
    /// The first so many are kept.
    public static final int MOST_SIGNS = 16;

    /// Copies the list.
    public PanicReport {
        signs = List.copyOf(signs);
    }

    /// Reads a log.
    ///
    /// @param log all records, oldest first
    public static PanicReport of(List<LogRecord> log) {
        PanicSearch search = new PanicSearch();
        log.forEach(search);
        return search.report();
    }

    /// Why the kernel called itself tainted.
    public List<Taint> taints() {
        return tainted.map(Taint::of).orElse(List.of());
    }
}
