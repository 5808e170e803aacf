package org.kdump.kernel.crash;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.kdump.elf.ByteCursor;
import org.kdump.vmcore.paging.VirtualMemory;

/// The log from 3.5 to 5.9 (kernel/printk/printk.c of those kernels): records, one behind the other, in one buffer.
///
/// ```
/// log_buf ──▶ log_buf_len bytes; the oldest record at log_first_idx, the next will be written at log_next_idx
/// struct printk_log (struct log before 3.11):
///     u64 ts_nsec, u16 len, u16 text_len, u16 dict_len, u8 facility, u8 flags:5 level:3, u32 caller_id (since 5.1)
/// then the text, then the dictionary (KEY=VALUE, a NUL between two), then padding up to len
/// ```
///
/// A `len` of 0 says that the next record is at the buffer's start. Every step goes on, and the way from the first
/// to the next index is walked once: so damaged lengths cannot make it run in circles. Where a length is damaged,
/// what is behind it cannot be found.
final class RecordLog extends KernelLog {
    private static final int LEAST_HEADER = 16;

    private final String type;
    private final int headerSize;
    private final Layout layout;
    private final long buffer;
    private final long length;
    private final long first;
    private final long next;
    private long sequence;

    /// Where the fields are; the caller is -1 where there is none.
    private record Layout(int time, int length, int textLength, int dictionaryLength, int caller) {}

    RecordLog(VirtualMemory memory) throws IOException {
        super(memory);
        // Linux commit "printk: rename struct log to struct printk_log" (in v3.11).
        this.type = info.offset("printk_log.ts_nsec").isPresent() ? "printk_log" : "log";
        this.headerSize = size(type, LEAST_HEADER);
        this.layout = new Layout(
                inside(type + ".ts_nsec", headerSize, 8),
                inside(type + ".len", headerSize, 2),
                inside(type + ".text_len", headerSize, 2),
                // Facility, flags and level stand behind it; VMCOREINFO does not tell of them.
                inside(type + ".dict_len", headerSize, 4),
                info.offset(type + ".caller_id").isPresent() ? inside(type + ".caller_id", headerSize, 4) : -1);
        this.buffer = memory.word(info.requireSymbol("log_buf"));
        this.length = memory.u32(info.requireSymbol("log_buf_len"));
        this.first = memory.u32(info.requireSymbol("log_first_idx"));
        this.next = memory.u32(info.requireSymbol("log_next_idx"));
        if (length < headerSize || length > 1L << MOST_SIZE_BITS || first >= length || next > length) {
            throw malformed(
                    "log_first_idx",
                    first + " to " + next + " of " + length + " cannot be: the log's head is overwritten");
        }
    }

    @Override
    void read(Consumer<LogRecord> consumer) throws IOException {
        sequence = 0;
        if (next > first) {
            walk(first, next, consumer);
        } else if (next < first && walk(first, length, consumer)) {
            walk(0, next, consumer);
        }
    }

    /// Reads the records from one index up to another.
    ///
    /// @return whether it came to the end: by a `len` of 0 or at `to`
    private boolean walk(long from, long to, Consumer<LogRecord> consumer) throws IOException {
        long at = from;
        while (at <= to - headerSize) {
            MemorySegment bytes = MemorySegment.ofArray(new byte[headerSize]);
            if (memory.read(buffer + at, bytes) < headerSize) {
                damaged++;
                return false;
            }
            ByteCursor header = new ByteCursor(memory.vmcore().name(), -1, type, bytes, order());
            int size = header.seek(layout.length).u16("len");
            if (size == 0 && to == length) {
                return true;
            }
            if (size < headerSize || size > to - at) {
                damaged++;
                return false;
            }
            record(at, size, header, consumer);
            at += size;
        }
        return true;
    }

    private void record(long at, int size, ByteCursor header, Consumer<LogRecord> consumer) throws IOException {
        int textLength = header.seek(layout.textLength).u16("text_len");
        int dictionaryLength = header.seek(layout.dictionaryLength).u16("dict_len");
        int facility = header.u8("facility");
        SyslogBits bits = SyslogBits.of(header.u8("flags"), order());
        long number = sequence++;
        byte[] text = new byte[Math.min(textLength, size - headerSize)];
        long read = memory.read(buffer + at + headerSize, MemorySegment.ofArray(text));
        if (textLength + dictionaryLength > size - headerSize || read == 0 && text.length > 0) {
            damaged++;
            return;
        }
        consumer.accept(new LogRecord(
                number,
                header.seek(layout.time).u64("ts_nsec"),
                facility,
                bits.level(),
                bits.flags(),
                layout.caller < 0
                        ? LogRecord.caller(0)
                        : LogRecord.caller(header.seek(layout.caller).s32("caller_id")),
                LogText.of(text, (int) read),
                dictionary(buffer + at + headerSize + textLength, dictionaryLength)));
    }

    private Map<String, String> dictionary(long address, int length) throws IOException {
        byte[] bytes = new byte[length];
        long read = memory.read(address, MemorySegment.ofArray(bytes));
        Map<String, String> dictionary = new LinkedHashMap<>();
        for (String pair : LogText.raw(bytes, (int) read).split("\0")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                dictionary.put(pair.substring(0, equals), pair.substring(equals + 1));
            }
        }
        return Map.copyOf(dictionary);
    }
}
