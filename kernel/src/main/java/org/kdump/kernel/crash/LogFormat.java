package org.kdump.kernel.crash;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// How a log record is printed: as util-linux's `dmesg` does it (sys-utils/dmesg.c, `print_record`).
///
/// @param bootTime when the machine was started; the record's time is then printed as a date (`dmesg -T`)
/// @param zone of the date
/// @param parts what is printed beside the text
public record LogFormat(Optional<Instant> bootTime, ZoneId zone, Set<Part> parts) {
    /// What is printed beside a record's text.
    public enum Part {
        /// Facility and level, `<6>`, before all else, and seconds since boot even with a boot time, as
        /// `dmesg -r` does.
        RAW,
        /// The time.
        TIME,
        /// The level, `<6>`, behind the time, as crash's `log -m` does.
        LEVEL,
        /// The thread or CPU that wrote it, as `makedumpfile --dump-dmesg` does.
        CALLER,
        /// What devices added (`SUBSYSTEM=`, `DEVICE=`), a line each below the text, as crash's `log -d`
        /// does.
        DICTIONARY
    }

    /// `[    0.000000] text`.
    public static final LogFormat PLAIN = new LogFormat(Optional.empty(), ZoneId.of("UTC"), Set.of(Part.TIME));

    /// Copies the set.
    public LogFormat {
        parts = Set.copyOf(parts);
    }

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ROOT);

    /// The lines of a record, without the last line end. Lines after the first are set in by the prefix's
    /// width; a
    /// record without text is an empty line, without a prefix.
    public String format(LogRecord record) {
        String text = record.text();
        if (text.isEmpty()) {
            return "";
        }
        String prefix = (parts.contains(Part.RAW) ? "<" + (record.facility() << 3 | record.level()) + ">" : "")
                + (parts.contains(Part.TIME) ? "[" + time(record) + "] " : "")
                + (parts.contains(Part.LEVEL) ? "<" + record.level() + ">" : "")
                + (parts.contains(Part.CALLER) ? "[%8s] ".formatted(record.caller()) : "");
        int last = text.length() - 1;
        String lines = prefix + text.substring(0, last).replace("\n", "\n" + " ".repeat(prefix.length()));
        return lines + text.charAt(last) + (parts.contains(Part.DICTIONARY) ? dictionary(record) : "");
    }

    private static String dictionary(LogRecord record) {
        StringBuilder lines = new StringBuilder();
        record.dictionary()
                .forEach((key, value) ->
                        lines.append("\n ").append(key).append('=').append(value));
        return lines.toString();
    }

    private String time(LogRecord record) {
        long seconds = Long.divideUnsigned(record.timestampNanos(), 1_000_000_000);
        long nanos = Long.remainderUnsigned(record.timestampNanos(), 1_000_000_000);
        if (parts.contains(Part.RAW) || bootTime.isEmpty()) {
            return "%5d.%06d".formatted(seconds, nanos / 1_000);
        }
        return DATE.format(bootTime.get().plusSeconds(seconds).plusNanos(nanos).atZone(zone));
    }
}
