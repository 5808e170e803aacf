package org.kdump.kernel.crash;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/// How a log record is printed: as util-linux's `dmesg` does it (sys-utils/dmesg.c, `print_record`).
///
/// @param bootTime when the machine was started; the record's time is then printed as a date (`dmesg -T`)
/// @param zone of the date
/// @param caller whether the writing thread or CPU is printed, as `makedumpfile --dump-dmesg` does
/// @param raw whether facility and level are printed, and seconds since boot even with a `bootTime`, as `dmesg -r`
///     does
public record LogFormat(Optional<Instant> bootTime, ZoneId zone, boolean caller, boolean raw) {
    /// `[    0.000000] text`.
    public static final LogFormat PLAIN = new LogFormat(Optional.empty(), ZoneId.of("UTC"), false, false);

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ROOT);

    /// The lines of a record, without the last line end. Lines after the first are set in by the prefix's width; a
    /// record without text is an empty line, without a prefix.
    public String format(LogRecord record) {
        String text = record.text();
        if (text.isEmpty()) {
            return "";
        }
        String prefix = (raw ? "<" + (record.facility() << 3 | record.level()) + ">" : "")
                + "[" + time(record) + "] "
                + (caller ? "[%8s] ".formatted(record.caller()) : "");
        int last = text.length() - 1;
        return prefix + text.substring(0, last).replace("\n", "\n" + " ".repeat(prefix.length())) + text.charAt(last);
    }

    private String time(LogRecord record) {
        long seconds = Long.divideUnsigned(record.timestampNanos(), 1_000_000_000);
        long nanos = Long.remainderUnsigned(record.timestampNanos(), 1_000_000_000);
        if (raw || bootTime.isEmpty()) {
            return "%5d.%06d".formatted(seconds, nanos / 1_000);
        }
        return DATE.format(bootTime.get().plusSeconds(seconds).plusNanos(nanos).atZone(zone));
    }
}
