package org.kdump.kernel;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.VirtualMemory;

/// The kernel's log, read from its ring buffer (kernel/printk/printk_ringbuffer.c; since 5.10, commit 896fbe20b4e2
/// "printk: use the lockless ringbuffer").
///
/// ```
/// prb ──▶ struct printk_ringbuffer
///           desc_ring       count_bits; descs ──▶ prb_desc[2^count_bits]: state_var, text_blk_lpos {begin, next}
///                           head_id, tail_id; infos ──▶ printk_info[2^count_bits]: seq, ts_nsec, text_len, …
///           text_data_ring  size_bits; data ──▶ 2^size_bits bytes of blocks: an id (unsigned long), then the text
/// ```
///
/// A descriptor's id is a counter; its low bits are its place in the arrays. The two top bits of `state_var` are the
/// state, the others the id that the descriptor is used for now. Records that are committed but not yet finalized, the
/// last line of a dying kernel perhaps, are read too. All offsets are VMCOREINFO's. What is damaged is passed over and
/// counted.
public final class KernelLog {
    private static final int COMMITTED = 1;
    private static final int FINALIZED = 2;
    /// The arrays are read in pieces of so many, so that no log, however large, is in memory at once.
    private static final int PIECE = 256;
    /// CONFIG_LOG_BUF_SHIFT is at most 25, and log_buf_len= at most 2 GiB (kernel/printk/printk.c).
    private static final int MOST_SIZE_BITS = 31;

    private static final int MOST_COUNT_BITS = 26;
    /// The text of one record is shorter (PRINTKRB_RECORD_MAX, 1024, and devices' dictionaries are elsewhere); a
    /// damaged
    /// length must not make us read more.
    private static final int LONGEST_TEXT = 1 << 16;
    /// `LPOS_DATALESS`: an odd position has no data; 3 is an empty line, 1 text that was lost.
    private static final long LOST_TEXT = 1;

    private final VirtualMemory memory;
    private final VmcoreInfo info;
    private final ValueLayout.OfLong u64;
    private final ValueLayout.OfInt u32;
    private final ValueLayout.OfShort u16;

    private final long descriptors;
    private final long infos;
    private final long tail;
    private final long head;
    private final long count;
    private final long data;
    private final long dataSize;
    private final int descriptorSize;
    private final int infoSize;
    private final InfoLayout layout;
    private final long stateOffset;
    private final long positionOffset;
    private long damaged;

    /// Where the fields of `struct printk_info` are. VMCOREINFO leaves three small ones out; they stand behind text_len
    /// (u16 text_len; u8 facility; u8 flags:5, level:3).
    private record InfoLayout(int sequence, int time, int length, int facility, int flags, int caller) {}

    private KernelLog(VirtualMemory memory) throws IOException {
        this.memory = memory;
        this.info = memory.vmcore().info();
        ByteOrder order = memory.vmcore().byteOrder();
        this.u64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order);
        this.u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        this.u16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order);
        long ring = memory.word(info.requireSymbol("prb"));
        long descRing = ring + info.requireOffset("printk_ringbuffer.desc_ring");
        long dataRing = ring + info.requireOffset("printk_ringbuffer.text_data_ring");
        this.count = 1L
                << bits(
                        descRing + info.requireOffset("prb_desc_ring.count_bits"),
                        MOST_COUNT_BITS,
                        "prb_desc_ring.count_bits");
        this.descriptors = memory.word(descRing + info.requireOffset("prb_desc_ring.descs"));
        this.infos = memory.word(descRing + info.requireOffset("prb_desc_ring.infos"));
        this.head = counter(descRing + info.requireOffset("prb_desc_ring.head_id"));
        this.tail = counter(descRing + info.requireOffset("prb_desc_ring.tail_id"));
        this.dataSize = 1L
                << bits(
                        dataRing + info.requireOffset("prb_data_ring.size_bits"),
                        MOST_SIZE_BITS,
                        "prb_data_ring.size_bits");
        this.data = memory.word(dataRing + info.requireOffset("prb_data_ring.data"));
        this.descriptorSize = size("prb_desc", 24, 4096);
        this.infoSize = size("printk_info", 24, 4096);
        this.stateOffset = inside("prb_desc.state_var", descriptorSize, 8)
                + info.offset("atomic_long_t.counter").orElse(0);
        this.positionOffset = inside("prb_desc.text_blk_lpos", descriptorSize, 16);
        int length = inside("printk_info.text_len", infoSize, 4);
        this.layout = new InfoLayout(
                inside("printk_info.seq", infoSize, 8),
                inside("printk_info.ts_nsec", infoSize, 8),
                length,
                length + 2,
                length + 3,
                inside("printk_info.caller_id", infoSize, 4));
    }

    /// Finds the log.
    ///
    /// @throws MalformedInputException if the kernel has no such ring buffer (5.9 and older), or it makes no sense
    /// @throws org.kdump.vmcore.paging.MemoryFault if its head is not in the dump
    /// @throws IOException if the dump cannot be read
    public static KernelLog of(VirtualMemory memory) throws IOException {
        return new KernelLog(memory);
    }

    private int bits(long address, int most, String field) throws IOException {
        long bits = memory.u32(address);
        if (bits < 1 || bits > most) {
            throw malformed(field, bits + " cannot be; the log's head is overwritten");
        }
        return (int) bits;
    }

    private int size(String type, int least, int most) {
        long size = info.requireSize(type);
        if (size < least || size > most) {
            throw malformed("SIZE(" + type + ")", size + " cannot be");
        }
        return (int) size;
    }

    private int inside(String member, int size, int width) {
        long offset = info.requireOffset(member);
        if (offset < 0 || offset > size - width) {
            throw malformed("OFFSET(" + member + ")", offset + " lies outside its structure");
        }
        return (int) offset;
    }

    private MalformedInputException malformed(String field, String reason) {
        return new MalformedInputException(memory.vmcore().name(), -1, "printk ring buffer", field, reason);
    }

    private long counter(long address) throws IOException {
        return memory.word(address + info.offset("atomic_long_t.counter").orElse(0)) & idMask();
    }

    private long idMask() {
        return switch (memory.vmcore().elfClass()) {
            case ELF64 -> -1L >>> 2;
            case ELF32 -> 0x3fffffffL;
        };
    }

    private int stateShift() {
        return switch (memory.vmcore().elfClass()) {
            case ELF64 -> 62;
            case ELF32 -> 30;
        };
    }

    /// Records that could not be read when [#forEach] last ran.
    public long damaged() {
        return damaged;
    }

    /// Gives each record to `consumer`, oldest first.
    ///
    /// @throws IOException if the dump cannot be read; memory that is not in the dump is counted as damage instead
    public void forEach(Consumer<LogRecord> consumer) throws IOException {
        damaged = 0;
        long records = Math.min((head - tail & idMask()) + 1, count);
        for (long done = 0; done < records; ) {
            long id = tail + done & idMask();
            int piece = (int) Math.min(Math.min(PIECE, records - done), count - id % count);
            piece(id, piece, consumer);
            done += piece;
        }
    }

    /// All records, oldest first.
    ///
    /// @throws IOException if the dump cannot be read
    public List<LogRecord> records() throws IOException {
        List<LogRecord> records = new ArrayList<>();
        forEach(records::add);
        return records;
    }

    private void piece(long id, int piece, Consumer<LogRecord> consumer) throws IOException {
        MemorySegment descs = MemorySegment.ofArray(new byte[piece * descriptorSize]);
        MemorySegment infoBytes = MemorySegment.ofArray(new byte[piece * infoSize]);
        long index = id % count;
        long haveDescs = memory.read(descriptors + index * descriptorSize, descs) / descriptorSize;
        long haveInfos = memory.read(infos + index * infoSize, infoBytes) / infoSize;
        for (int i = 0; i < piece; i++) {
            if (i >= haveDescs || i >= haveInfos) {
                damaged++;
                continue;
            }
            LogRecord record = record(
                    id + i & idMask(),
                    descs.asSlice((long) i * descriptorSize, descriptorSize),
                    infoBytes.asSlice((long) i * infoSize, infoSize));
            if (record != null) {
                consumer.accept(record);
            }
        }
    }

    private LogRecord record(long id, MemorySegment descriptor, MemorySegment printkInfo) throws IOException {
        long state = word(descriptor, stateOffset);
        int kind = (int) (state >>> stateShift()) & 3;
        if ((state & idMask()) != id || kind != COMMITTED && kind != FINALIZED) {
            // Reserved, being reused, or never used: no record, and nothing wrong.
            return null;
        }
        long begin = word(descriptor, positionOffset);
        long next = word(descriptor, positionOffset + wordSize());
        int length = Short.toUnsignedInt(printkInfo.get(u16, layout.length));
        String text = text(begin, next, length);
        if (text == null) {
            damaged++;
            return null;
        }
        int flags = printkInfo.get(ValueLayout.JAVA_BYTE, layout.flags) & 0xff;
        boolean little = memory.vmcore().byteOrder() == ByteOrder.LITTLE_ENDIAN;
        return new LogRecord(
                printkInfo.get(u64, layout.sequence),
                printkInfo.get(u64, layout.time),
                printkInfo.get(ValueLayout.JAVA_BYTE, layout.facility) & 0xff,
                little ? flags >> 5 : flags & 7,
                caller(printkInfo.get(u32, layout.caller)),
                text);
    }

    private long word(MemorySegment bytes, long offset) {
        return wordSize() == 8 ? bytes.get(u64, offset) : Integer.toUnsignedLong(bytes.get(u32, offset));
    }

    private int wordSize() {
        return memory.vmcore().elfClass().wordSize();
    }

    /// Bit 31 tells a CPU from a thread (kernel/printk/printk.c, `printk_caller_id`).
    private static String caller(int id) {
        return id < 0 ? "C" + (id & Integer.MAX_VALUE) : "T" + id;
    }

    /// The text of a data block, or null where there is none or it makes no sense.
    private String text(long begin, long next, int length) throws IOException {
        if ((begin & 1) != 0 && (next & 1) != 0) {
            return begin == LOST_TEXT ? null : "";
        }
        long from = begin & dataSize - 1;
        // Up to 6.17 a block that ends where the ring ends counts as wrapped and is never made; since then it may be.
        boolean wrapped = (begin & -dataSize) != (next - 1 & -dataSize);
        long start = wrapped ? 0 : from;
        long end = wrapped ? next & dataSize - 1 : from + (next - begin);
        long room = end - start - wordSize();
        if (room < 0 || end > dataSize) {
            return null;
        }
        byte[] bytes = new byte[(int) Math.min(Math.min(length, room), LONGEST_TEXT)];
        long read = memory.read(data + start + wordSize(), MemorySegment.ofArray(bytes));
        return read == 0 && bytes.length > 0 ? null : LogText.of(bytes, (int) read);
    }
}
