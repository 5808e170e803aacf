package org.kdump.kernel.crash;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Looks for the death of the kernel in its log, a record at a time, keeping no more than a few lines.
///
/// The headline is chosen thus. If the panic names its reason (`softlockup: hung tasks`), it is the last sign of
/// that trouble; else the first oops of the row of oopses that ends in the panic, for the later ones follow from it;
/// else the panic itself. Without a panic it is the first oops of a row that ends the log, or the last sign of any
/// trouble there. Only what the kernel itself wrote counts: user space can write to the log, but not as the kernel.
final class PanicSearch implements Consumer<LogRecord> {
    private static final String PANIC = "Kernel panic - not syncing";

    /// `dump_stack_print_info` (lib/dump_stack.c). The UID is there since 6.12.
    private static final Pattern WHO = Pattern.compile("CPU: (\\d{1,9})(?: UID: \\d+)? PID: (\\d{1,9}) Comm: (.*?) "
            + "(?:Kdump: loaded )?(Not tainted|Tainted: [A-Z ]*[A-Z]).*");

    /// The second is printed at boot (drivers/firmware/dmi_scan.c).
    private static final Pattern HARDWARE = Pattern.compile("Hardware name: (.*)|DMI: (.*, BIOS .*)");

    /// Signs further apart do not belong together; the console may be slow, so this is generous. Nanoseconds.
    private static final long TOGETHER = 30_000_000_000L;

    /// A line of a report is shorter; the rest of a longer one cannot matter and would only take time.
    private static final int LONGEST_LINE = 1024;

    private static final int MOST_LINES = 64;

    /// A line that tells of trouble, with the first description of a task behind it.
    private static final class Sign {
        private final Trouble trouble;
        private final String line;
        private final long time;
        private Matcher who;

        private Sign(Trouble trouble, String line, long time) {
            this.trouble = trouble;
            this.line = line;
            this.time = time;
        }
    }

    private final List<String> signs = new ArrayList<>();
    private final Map<Trouble, Sign> last = new EnumMap<>(Trouble.class);
    private Sign firstOops;
    private Sign newest;
    private Sign panic;
    private String hardware;
    private LogRecord end;

    @Override
    public void accept(LogRecord record) {
        end = record;
        if (record.facility() == 0) {
            record.text().lines().limit(MOST_LINES).forEach(line -> line(line, record.timestampNanos()));
        }
    }

    private void line(String whole, long time) {
        String line = whole.substring(0, Math.min(whole.length(), LONGEST_LINE)).stripTrailing();
        // The first panic counts: one that comes up in the middle of a panic is its consequence.
        if (panic == null && line.startsWith(PANIC)) {
            panic = new Sign(null, line, time);
        } else if (panic == null) {
            Trouble.toldBy(line).ifPresentOrElse(trouble -> sign(trouble, line, time), () -> more(line));
        }
        Matcher who = WHO.matcher(line);
        if (who.matches()) {
            who(who);
        }
        Matcher name = HARDWARE.matcher(line);
        if (name.matches()) {
            hardware = name.group(1) == null ? name.group(2) : name.group(1);
        }
    }

    private void sign(Trouble trouble, String line, long time) {
        Sign sign = new Sign(trouble, line, time);
        if (trouble == Trouble.OOPS || trouble == Trouble.SYSRQ) {
            Sign before = last(Trouble.OOPS, Trouble.SYSRQ);
            firstOops = before == null || time - before.time > TOGETHER ? sign : firstOops;
        }
        last.put(trouble, sign);
        if (signs.size() < PanicReport.MOST_SIGNS) {
            signs.add(line);
        }
        newest = sign;
    }

    /// What belongs to the newest sign is told with it.
    private void more(String line) {
        Optional<String> more = newest == null ? Optional.empty() : newest.trouble.more(line);
        if (more.isPresent() && newest.line.length() < LONGEST_LINE) {
            Sign whole = new Sign(newest.trouble, newest.line + ", " + more.get(), newest.time);
            if (signs.getLast().equals(newest.line)) {
                signs.set(signs.size() - 1, whole.line);
            }
            last.put(whole.trouble, whole);
            newest = whole;
        }
    }

    private Sign last(Trouble one, Trouble other) {
        Sign a = last.get(one);
        Sign b = last.get(other);
        return a == null || b != null && b.time > a.time ? b : a;
    }

    private void who(Matcher who) {
        last.values().forEach(sign -> describe(sign, who));
        describe(firstOops, who);
        describe(panic, who);
    }

    private static void describe(Sign sign, Matcher who) {
        if (sign != null && sign.who == null) {
            sign.who = who;
        }
    }

    /// What was found so far.
    PanicReport report() {
        Optional<Sign> cause = cause();
        Optional<Sign> headline = cause.or(() -> Optional.ofNullable(panic));
        Optional<Matcher> who = Optional.ofNullable(panic).map(sign -> sign.who).or(() -> cause.map(sign -> sign.who));
        return new PanicReport(
                headline.map(sign -> sign.line),
                Optional.ofNullable(panic).map(sign -> sign.line),
                number(who, 1),
                number(who, 2),
                who.map(matcher -> matcher.group(3)),
                who.map(matcher -> matcher.group(4)),
                Optional.ofNullable(hardware),
                signs,
                time());
    }

    private OptionalLong time() {
        if (panic != null) {
            return OptionalLong.of(panic.time);
        }
        return end == null ? OptionalLong.empty() : OptionalLong.of(end.timestampNanos());
    }

    private Optional<Sign> cause() {
        Optional<Trouble> named = panic == null ? Optional.empty() : Trouble.namedBy(panic.line);
        return named.filter(trouble -> trouble != Trouble.OOPS)
                .map(last::get)
                .filter(this::isNearTheEnd)
                .or(this::oops)
                .or(() -> panic == null ? Optional.ofNullable(newest).filter(this::isNearTheEnd) : Optional.empty());
    }

    private Optional<Sign> oops() {
        return Optional.ofNullable(last(Trouble.OOPS, Trouble.SYSRQ))
                .filter(this::isNearTheEnd)
                .map(sign -> firstOops);
    }

    private boolean isNearTheEnd(Sign sign) {
        return time().orElseThrow() - sign.time <= TOGETHER;
    }

    private static OptionalInt number(Optional<Matcher> who, int group) {
        return who.isEmpty()
                ? OptionalInt.empty()
                : OptionalInt.of(Integer.parseInt(who.get().group(group)));
    }
}
