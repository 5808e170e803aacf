package org.kdump.kernel;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/// How a log record is printed: as `dmesg` does it.
///
/// @param bootTime when the machine was started; the record's time is then printed as a date (`dmesg -T`)
/// @param zone of the date
/// @param caller whether the writing thread or CPU is printed, as `makedumpfile --dump-dmesg` does
/// @param raw whether facility and level are printed, as `dmesg -r` does
public record LogFormat(Optional<Instant> bootTime, ZoneId zone, boolean caller, boolean raw) {
    /// `[    0.000000] text`.
    public static final LogFormat PLAIN = new LogFormat(Optional.empty(), ZoneId.of("UTC"), false, false);

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ROOT);

    /// The lines of a record, without the last line end. Lines after the first are set in by the prefix's width.
    public String format(LogRecord record) {
        String prefix = (raw ? "<" + (record.facility() << 3 | record.level()) + ">" : "")
                + "[" + time(record) + "] "
                + (caller ? "[%8s] ".formatted(record.caller()) : "");
        return prefix + record.text().replace("\n", "\n" + " ".repeat(prefix.length()));
    }

    private String time(LogRecord record) {
        long nanos = record.timestampNanos();
        if (bootTime.isEmpty()) {
            return "%5d.%06d".formatted(nanos / 1_000_000_000, nanos / 1_000 % 1_000_000);
        }
        return DATE.format(bootTime.get().plusNanos(nanos).atZone(zone));
    }
}
