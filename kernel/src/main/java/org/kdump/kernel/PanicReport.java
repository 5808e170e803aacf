package org.kdump.kernel;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the log says of the death of the kernel.
///
/// @param headline the line that says what went wrong first: `BUG: kernel NULL pointer dereference, address: …`,
///     `sysrq: Trigger a crash`; the panic line itself where there is no other
/// @param panic the line that the panic printed, from `Kernel panic - not syncing` on
/// @param cpu the CPU that panicked
/// @param pid the task that panicked
/// @param command that task's name
/// @param tainted the taint flags in words, as the kernel printed them (`Not tainted`, `Tainted: G        W`)
/// @param hardware the machine, as its firmware calls it
/// @param timestampNanos nanoseconds since boot of the panic's record, or of the last record where there is no panic
public record PanicReport(
        Optional<String> headline,
        Optional<String> panic,
        OptionalInt cpu,
        OptionalInt pid,
        Optional<String> command,
        Optional<String> tainted,
        Optional<String> hardware,
        OptionalLong timestampNanos) {
    private static final String PANIC = "Kernel panic - not syncing";
    /// What a kernel prints first when it goes wrong (lib/bug.c, arch/x86/mm/fault.c, kernel/watchdog.c,
    /// kernel/hung_task.c, kernel/rcu/tree_stall.h, drivers/tty/sysrq.c, mm/oom_kill.c, arch/x86/kernel/cpu/mce).
    private static final Pattern TROUBLE =
            Pattern.compile("^(BUG: .*|kernel BUG at .*|Oops: .*|general protection fault.*|"
                    + "Unable to handle kernel .*|watchdog: BUG: .*|(NMI )?watchdog: .*LOCKUP.*|Watchdog detected hard LOCKUP.*|"
                    + "INFO: task .* blocked for more than .*|rcu: INFO: .*stall.*|sysrq: Trigger a crash|sysrq: SysRq : Trigger a crash|"
                    + "mce: \\[Hardware Error\\]: .*|stack guard page was hit.*|double fault.*|"
                    + "Out of memory: .*|divide error.*|invalid opcode.*)");
    /// `dump_stack_print_info` (lib/dump_stack.c); The UID came with 6.12.
    private static final Pattern WHO = Pattern.compile(
            "CPU: (\\d+)(?: UID: \\d+)? PID: (\\d+) Comm: (.*?) (?:Kdump: loaded )?(Not tainted|Tainted: [A-Z ]+[A-Z]).*");
    private static final Pattern HARDWARE = Pattern.compile("Hardware name: (.*)");
    /// How long before the panic its cause may have been told, in nanoseconds.
    private static final long CAUSE = 10_000_000_000L;

    /// Reads a log.
    ///
    /// @param log all records, oldest first
    public static PanicReport of(List<LogRecord> log) {
        int panic = lastOf(log, PANIC);
        int end = panic < 0 ? log.size() : panic;
        Optional<Matcher> who = panic < 0 ? Optional.empty() : find(WHO, log, panic, log.size());
        int cause = cause(log, end);
        if (who.isEmpty() && cause >= 0) {
            who = find(WHO, log, cause, log.size());
        }
        Optional<String> panicLine =
                panic < 0 ? Optional.empty() : Optional.of(from(log.get(panic).text(), PANIC));
        Optional<Matcher> hardware = find(HARDWARE, log, Math.max(cause, 0), log.size());
        return new PanicReport(
                cause < 0 ? panicLine : Optional.of(firstLine(log.get(cause).text())),
                panicLine,
                number(who, 1),
                number(who, 2),
                who.map(matcher -> matcher.group(3)),
                who.map(matcher -> matcher.group(4)),
                hardware.map(matcher -> matcher.group(1)),
                log.isEmpty()
                        ? OptionalLong.empty()
                        : OptionalLong.of(
                                log.get(panic < 0 ? log.size() - 1 : panic).timestampNanos()));
    }

    private static int lastOf(List<LogRecord> log, String words) {
        for (int i = log.size() - 1; i >= 0; i--) {
            if (log.get(i).text().contains(words)) {
                return i;
            }
        }
        return -1;
    }

    /// The first sign of trouble that belongs to the end: seconds before it, not hours.
    private static int cause(List<LogRecord> log, int end) {
        long time = log.isEmpty() ? 0 : log.get(Math.min(end, log.size() - 1)).timestampNanos();
        int found = -1;
        for (int i = end - 1; i >= 0 && time - log.get(i).timestampNanos() <= CAUSE; i--) {
            if (TROUBLE.matcher(firstLine(log.get(i).text())).matches()) {
                found = i;
            }
        }
        return found;
    }

    private static Optional<Matcher> find(Pattern pattern, List<LogRecord> log, int from, int to) {
        for (LogRecord record : log.subList(from, to)) {
            Matcher matcher = pattern.matcher(record.text());
            if (matcher.find()) {
                return Optional.of(matcher);
            }
        }
        return Optional.empty();
    }

    private static OptionalInt number(Optional<Matcher> matcher, int group) {
        try {
            return matcher.isEmpty()
                    ? OptionalInt.empty()
                    : OptionalInt.of(Integer.parseInt(matcher.get().group(group)));
        } catch (NumberFormatException e) {
            return OptionalInt.empty();
        }
    }

    private static String from(String text, String words) {
        return firstLine(text.substring(text.indexOf(words)));
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }
}
