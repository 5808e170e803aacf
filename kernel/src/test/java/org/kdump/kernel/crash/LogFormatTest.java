package org.kdump.kernel.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.kdump.kernel.crash.LogFormat.Part;

/// What is expected here is what util-linux 2.42's dmesg printed for the same records, given to it by
/// `--kmsg-file`;
/// only the caller is set as makedumpfile sets it, for dmesg's width depends on the machine.
class LogFormatTest {
    private static final ZoneId UTC = ZoneId.of("UTC");

    private static LogRecord record(long nanos, String text) {
        return new LogRecord(7, nanos, 3, 4, 0, "T102", text, Map.of());
    }

    @Test
    void secondsSinceBoot() {
        assertEquals("[    5.074529] text", LogFormat.PLAIN.format(record(5_074_529_999L, "text")));
        assertEquals("[123456.000001] text", LogFormat.PLAIN.format(record(123_456_000_001_000L, "text")));
    }

    @Test
    void furtherLinesAreSetIn() {
        assertEquals("[    0.000000] a\n               b", LogFormat.PLAIN.format(record(0, "a\nb")));
        assertEquals("[    0.000000] a\n               b\n", LogFormat.PLAIN.format(record(0, "a\nb\n")));
        assertEquals("", LogFormat.PLAIN.format(record(0, "")));
    }

    @Test
    void rawAndCaller() {
        LogFormat format = new LogFormat(Optional.of(Instant.EPOCH), UTC, Set.of(Part.RAW, Part.TIME, Part.CALLER));
        assertEquals("<28>[    1.000000] [    T102] text", format.format(record(1_000_000_000, "text")));
    }

    @Test
    void asCrashPrintsIt() {
        LogRecord device = new LogRecord(7, 0, 0, 6, 0, "T1", "text", Map.of("DEVICE", "+pci:0000:00:01.0"));
        assertEquals("text", new LogFormat(Optional.empty(), UTC, Set.of()).format(device));
        assertEquals(
                "[    0.000000] <6>text\n DEVICE=+pci:0000:00:01.0",
                new LogFormat(Optional.empty(), UTC, Set.of(Part.TIME, Part.LEVEL, Part.DICTIONARY)).format(device));
    }

    @Test
    void dates() {
        Instant boot = Instant.parse("2026-11-03T13:54:07.671Z");
        LogFormat utc = new LogFormat(Optional.of(boot), UTC, Set.of(Part.TIME));
        assertEquals("[Tue Nov  3 13:54:12 2026] text", utc.format(record(4_329_000_000L, "text")));
        LogFormat berlin = new LogFormat(Optional.of(boot), ZoneId.of("Europe/Berlin"), Set.of(Part.TIME));
        assertEquals("[Tue Nov  3 14:54:07 2026] text", berlin.format(record(0, "text")));
    }

    @Test
    void whatCannotBePrintedIsEscaped() {
        assertEquals("tab\there\rback", text("tab\there\rback"));
        assertEquals("grün 😀 e\\xc2\\x85", text("grün 😀 e\u0085"));
        assertEquals("\\x1b[31mred\\x00\\x7f", text("\u001b[31mred\0\u007f"));
        assertEquals("a\\xff\\xc3", LogText.of(new byte[] {'a', (byte) 0xff, (byte) 0xc3, 'x'}, 3));
        assertEquals("\\xed\\xa0\\x80", LogText.of(new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}, 3));
    }

    private static String text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return LogText.of(bytes, bytes.length);
    }
}
