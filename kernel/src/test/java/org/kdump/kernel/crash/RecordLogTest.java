package org.kdump.kernel.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.kdump.elf.MalformedInputException;

/// The log of kernels up to 5.9, written as their `log_store` does.
class RecordLogTest {
    private static final int VARIABLES = 0x3000;
    private static final int BUFFER = 0x8000;
    private static final int HEADER = 20;
    private static final int SIZE = 256;

    private final MemoryVmcore vmcore = MemoryVmcore.x86();
    private int at;

    RecordLogTest() {
        vmcore.symbol("log_buf", VARIABLES);
        vmcore.symbol("log_buf_len", VARIABLES + 8);
        vmcore.symbol("log_first_idx", VARIABLES + 12);
        vmcore.symbol("log_next_idx", VARIABLES + 16);
        vmcore.info.addAll(List.of(
                "SIZE(printk_log)=20",
                "OFFSET(printk_log.ts_nsec)=0",
                "OFFSET(printk_log.len)=8",
                "OFFSET(printk_log.text_len)=10",
                "OFFSET(printk_log.dict_len)=12",
                "OFFSET(printk_log.caller_id)=16"));
        vmcore.memory.putLong(VARIABLES, vmcore.virtual(BUFFER)).putInt(VARIABLES + 8, SIZE);
    }

    private void indexes(int first, int next) {
        vmcore.memory.putInt(VARIABLES + 12, first).putInt(VARIABLES + 16, next);
    }

    private RecordLogTest add(String text, String dictionary) {
        byte[] bytes = (text + dictionary).getBytes(StandardCharsets.ISO_8859_1);
        int length = (HEADER + bytes.length + 3) & ~3;
        if (at + length + HEADER > SIZE) {
            vmcore.memory.putShort(BUFFER + at + 8, (short) 0);
            at = 0;
        }
        vmcore.memory
                .putLong(BUFFER + at, 5_000_000_000L)
                .putShort(BUFFER + at + 8, (short) length)
                .putShort(BUFFER + at + 10, (short) text.length())
                .putShort(BUFFER + at + 12, (short) dictionary.length())
                .put(BUFFER + at + 14, (byte) 3)
                .put(BUFFER + at + 15, (byte) (4 << 5 | 2))
                .putInt(BUFFER + at + 16, 0x80000001)
                .put(BUFFER + at + HEADER, bytes);
        at += length;
        return this;
    }

    private String read() throws IOException {
        KernelLog log = KernelLog.of(vmcore.flat());
        StringBuilder text = new StringBuilder();
        log.forEach(record ->
                text.append(record.sequence()).append(' ').append(record.text()).append('\n'));
        return text + "damaged " + log.damaged() + "\n";
    }

    @Test
    void readsWhatWasWritten() throws IOException {
        add("usb 1-1: new device", "SUBSYSTEM=usb\0DEVICE=c189:1");
        indexes(0, at);
        assertEquals(
                List.of(new LogRecord(
                        0,
                        5_000_000_000L,
                        3,
                        4,
                        2,
                        "C1",
                        "usb 1-1: new device",
                        Map.of("SUBSYSTEM", "usb", "DEVICE", "c189:1"))),
                KernelLog.of(vmcore.flat()).records());
    }

    @Test
    void wrapsAround() throws IOException {
        add("gone".repeat(10), "").add("first".repeat(10), "");
        int first = 60;
        add("second".repeat(10), "").add("third", "");
        indexes(first, at);
        assertEquals("0 " + "first".repeat(10) + "\n1 " + "second".repeat(10) + "\n2 third\ndamaged 0\n", read());
        assertEquals(28, at, "the last record stands at the start");
    }

    @Test
    void anEmptyLogHasNoRecords() throws IOException {
        indexes(0, 0);
        assertEquals("damaged 0\n", read());
    }

    @Test
    void aDamagedLengthEndsIt() throws IOException {
        add("one", "").add("two", "").add("three", "");
        indexes(0, at);
        vmcore.memory.putShort(BUFFER + 24 + 8, (short) 4);
        assertEquals("0 one\ndamaged 1\n", read());
        vmcore.memory.putShort(BUFFER + 24 + 8, (short) 24).putShort(BUFFER + 24 + 10, (short) 9999);
        assertEquals("0 one\n2 three\ndamaged 1\n", read());
    }

    @Test
    void zeroesInTheMiddleAreNoLoop() throws IOException {
        add("one", "");
        indexes(0, 200);
        assertEquals("0 one\ndamaged 1\n", read());
        indexes(100, 50);
        assertEquals("0 one\ndamaged 1\n", read());
    }

    @Test
    void indexesOutsideTheBufferAreRefused() {
        indexes(4000, 0);
        assertEquals(
                "vmcore: kernel log.log_first_idx: 4000 to 0 of 256 cannot be: the log's head is overwritten",
                assertThrows(MalformedInputException.class, this::read).getMessage());
    }

    @Test
    void theStructureHadAnotherNameBefore() throws IOException {
        vmcore.info.replaceAll(line -> line.replace("printk_log", "log"));
        vmcore.info.removeIf(line -> line.contains("caller_id"));
        add("one", "");
        indexes(0, at);
        assertEquals("T0", KernelLog.of(vmcore.flat()).records().getFirst().caller());
    }
}
