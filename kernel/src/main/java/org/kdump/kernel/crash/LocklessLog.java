package org.kdump.kernel.crash;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.kdump.elf.ByteCursor;
import org.kdump.vmcore.paging.VirtualMemory;

/// The log since 5.10 (kernel/printk/printk_ringbuffer.c). All offsets are VMCOREINFO's.
///
/// ```
/// prb ──▶ struct printk_ringbuffer
///           desc_ring       count_bits; descs ──▶ prb_desc[2^count_bits]: state_var, text_blk_lpos {begin, next}
///                           head_id, tail_id; infos ──▶ printk_info[2^count_bits]: seq, ts_nsec, text_len, …
///           text_data_ring  size_bits; data ──▶ 2^size_bits bytes of blocks: an id (unsigned long), then the text
///           fail            records for which there was no descriptor
/// ```
///
/// A descriptor's id is a counter; its low bits are its place in the arrays. The two top bits of `state_var` are the
/// state, the others the id that the descriptor is used for now.
///
/// Like drgn and makedumpfile, this reads records that are committed but not yet finalized: one may be the last line
/// of a dying kernel. Unlike them, it has empty lines (as dmesg does), and takes a block only if it bears its
/// record's id.
final class LocklessLog extends KernelLog {
    private static final int RESERVED = 0;
    private static final int COMMITTED = 1;
    private static final int FINALIZED = 2;

    /// The arrays are read in pieces of so many, so that no log, however large, is in memory at once.
    private static final int PIECE = 256;

    private static final int MOST_COUNT_BITS = 26;

    /// `FAILED_LPOS`: there was no room for the text. The other odd position, 3, is an empty line: `NO_LPOS`, later
    /// renamed `EMPTY_LINE_LPOS`.
    private static final long FAILED_POSITION = 1;

    private final long descriptors;
    private final long infos;
    private final long tail;
    private final long head;
    private final long count;
    private final long data;
    private final long dataSize;
    private final long refused;
    private final int descriptorSize;
    private final int infoSize;
    private final DescriptorLayout descriptorLayout;
    private final InfoLayout infoLayout;
    private final Optional<DeviceLayout> deviceLayout;

    /// Where the fields of `struct prb_desc` are.
    private record DescriptorLayout(int state, int begin, int next) {}

    /// Where the fields of `struct printk_info` are. VMCOREINFO leaves small ones out; they stand behind text_len
    /// (u16 text_len; u8 facility; u8 flags:5, level:3).
    private record InfoLayout(int sequence, int time, int length, int caller) {}

    /// Where `struct dev_printk_info` has its texts, in `struct printk_info`.
    private record DeviceLayout(int subsystem, int subsystemLength, int device, int deviceLength) {}

    LocklessLog(VirtualMemory memory) throws IOException {
        super(memory);
        long ring = memory.word(info.requireSymbol("prb"));
        long descRing = ring + info.requireOffset("printk_ringbuffer.desc_ring");
        long dataRing = ring + info.requireOffset("printk_ringbuffer.text_data_ring");
        this.count = powerOfTwo(descRing, "prb_desc_ring.count_bits", MOST_COUNT_BITS);
        this.descriptors = memory.word(descRing + info.requireOffset("prb_desc_ring.descs"));
        this.infos = memory.word(descRing + info.requireOffset("prb_desc_ring.infos"));
        this.head = atomic(descRing + info.requireOffset("prb_desc_ring.head_id")) & idMask();
        this.tail = atomic(descRing + info.requireOffset("prb_desc_ring.tail_id")) & idMask();
        this.dataSize = powerOfTwo(dataRing, "prb_data_ring.size_bits", MOST_SIZE_BITS);
        this.data = memory.word(dataRing + info.requireOffset("prb_data_ring.data"));
        OptionalLong fail = info.offset("printk_ringbuffer.fail");
        this.refused = fail.isPresent() ? atomic(ring + fail.getAsLong()) : 0;
        this.descriptorSize = size("prb_desc", 3 * wordSize());
        this.infoSize = size("printk_info", 24);
        this.descriptorLayout = descriptorLayout();
        this.infoLayout = new InfoLayout(
                inside("printk_info.seq", infoSize, 8),
                inside("printk_info.ts_nsec", infoSize, 8),
                inside("printk_info.text_len", infoSize, 4),
                inside("printk_info.caller_id", infoSize, 4));
        this.deviceLayout = deviceLayout();
    }

    private DescriptorLayout descriptorLayout() {
        int word = wordSize();
        int state = inside("prb_desc.state_var", descriptorSize, word);
        int position = inside("prb_desc.text_blk_lpos", descriptorSize, 2 * word);
        return new DescriptorLayout(
                state,
                position + inside("prb_data_blk_lpos.begin", 2 * word, word),
                position + inside("prb_data_blk_lpos.next", 2 * word, word));
    }

    private Optional<DeviceLayout> deviceLayout() {
        long base = info.offset("printk_info.dev_info").orElse(-1);
        long subsystem = base + info.offset("dev_printk_info.subsystem").orElse(-1);
        long device = base + info.offset("dev_printk_info.device").orElse(-1);
        long subsystemLength = info.length("printk_info_subsystem").orElse(0);
        long deviceLength = info.length("printk_info_device").orElse(0);
        boolean sound = base > 0
                && subsystem >= base
                && device >= base
                && fits(subsystem, subsystemLength)
                && fits(device, deviceLength);
        return sound
                ? Optional.of(
                        new DeviceLayout((int) subsystem, (int) subsystemLength, (int) device, (int) deviceLength))
                : Optional.empty();
    }

    private boolean fits(long offset, long length) {
        return length > 0 && length <= infoSize && offset <= infoSize - length;
    }

    private long powerOfTwo(long base, String field, int most) throws IOException {
        long bits = memory.u32(base + info.requireOffset(field));
        if (bits < 1 || bits > most) {
            throw malformed(field, bits + " cannot be: the log's head is overwritten");
        }
        return 1L << bits;
    }

    private long atomic(long address) throws IOException {
        return memory.word(address + info.offset("atomic_long_t.counter").orElse(0));
    }

    private int stateShift() {
        return wordSize() * 8 - 2;
    }

    private long wordMask() {
        return -1L >>> 64 - wordSize() * 8;
    }

    private long idMask() {
        return (1L << stateShift()) - 1;
    }

    @Override
    void read(Consumer<LogRecord> consumer) throws IOException {
        lost = refused;
        long records = (head - tail & idMask()) + 1;
        // More than the ring holds: the tail is overwritten. The head still tells where the ring's youngest record is.
        long first = records > count ? head - count + 1 : tail;
        records = Math.min(records, count);
        for (long done = 0; done < records; ) {
            long id = first + done & idMask();
            int piece = (int) Math.min(Math.min(PIECE, records - done), count - id % count);
            piece(id, piece, consumer);
            done += piece;
        }
    }

    /// Reads neighbours in one go, or one by one where some of them are not in the dump.
    private void piece(long id, int piece, Consumer<LogRecord> consumer) throws IOException {
        MemorySegment descs = MemorySegment.ofArray(new byte[piece * descriptorSize]);
        MemorySegment infoBytes = MemorySegment.ofArray(new byte[piece * infoSize]);
        long index = id % count;
        boolean complete = memory.read(descriptors + index * descriptorSize, descs) == descs.byteSize()
                && memory.read(infos + index * infoSize, infoBytes) == infoBytes.byteSize();
        if (!complete && piece == 1) {
            damaged++;
            return;
        }
        for (int i = 0; i < piece; i++) {
            if (complete) {
                record(
                                id + i & idMask(),
                                cursor("prb_desc", descs.asSlice((long) i * descriptorSize, descriptorSize)),
                                cursor("printk_info", infoBytes.asSlice((long) i * infoSize, infoSize)))
                        .ifPresent(consumer);
            } else {
                piece(id + i & idMask(), 1, consumer);
            }
        }
    }

    private ByteCursor cursor(String structure, MemorySegment bytes) {
        return new ByteCursor(memory.vmcore().name(), -1, structure, bytes, order());
    }

    private Optional<LogRecord> record(long id, ByteCursor descriptor, ByteCursor printkInfo) throws IOException {
        long state = word(descriptor, descriptorLayout.state, "state_var");
        long used = state & idMask();
        if (used != id) {
            // The head moves on before the descriptor is taken, which then still bears the id of one round before.
            damaged += (id - used & idMask()) == count ? 0 : 1;
            return Optional.empty();
        }
        int kind = (int) (state >>> stateShift());
        if (kind == COMMITTED || kind == FINALIZED) {
            return committed(id, descriptor, printkInfo);
        }
        // The other state is "reusable": there was a record, or never one, and nothing is wrong.
        lost += kind == RESERVED ? 1 : 0;
        return Optional.empty();
    }

    private Optional<LogRecord> committed(long id, ByteCursor descriptor, ByteCursor printkInfo) throws IOException {
        long begin = word(descriptor, descriptorLayout.begin, "text_blk_lpos.begin");
        long next = word(descriptor, descriptorLayout.next, "text_blk_lpos.next");
        if (begin == FAILED_POSITION && next == FAILED_POSITION) {
            lost++;
            return Optional.empty();
        }
        int length = printkInfo.seek(infoLayout.length).u16("text_len");
        Optional<String> text = text(id, begin, next, length);
        if (text.isEmpty()) {
            damaged++;
        }
        return text.map(words -> record(printkInfo, words));
    }

    private LogRecord record(ByteCursor printkInfo, String text) {
        int facility = printkInfo.seek(infoLayout.length + 2).u8("facility");
        SyslogBits bits = SyslogBits.of(printkInfo.u8("flags"), order());
        return new LogRecord(
                printkInfo.seek(infoLayout.sequence).u64("seq"),
                printkInfo.seek(infoLayout.time).u64("ts_nsec"),
                facility,
                bits.level(),
                bits.flags(),
                LogRecord.caller(printkInfo.seek(infoLayout.caller).s32("caller_id")),
                text,
                dictionary(printkInfo));
    }

    private Map<String, String> dictionary(ByteCursor printkInfo) {
        Map<String, String> dictionary = new LinkedHashMap<>();
        deviceLayout.ifPresent(layout -> {
            put(dictionary, "SUBSYSTEM", printkInfo.seek(layout.subsystem).text("subsystem", layout.subsystemLength));
            put(dictionary, "DEVICE", printkInfo.seek(layout.device).text("device", layout.deviceLength));
        });
        return Map.copyOf(dictionary);
    }

    private static void put(Map<String, String> dictionary, String key, String value) {
        if (!value.isEmpty()) {
            dictionary.put(key, value);
        }
    }

    private long word(ByteCursor bytes, int offset, String field) {
        ByteCursor at = bytes.seek(offset);
        return wordSize() == 8 ? at.u64(field) : at.u32(field);
    }

    /// The text of a data block; empty where the block makes no sense, is another record's, or is not in the dump.
    private Optional<String> text(long id, long begin, long next, int length) throws IOException {
        if ((begin & next & 1) != 0) {
            return Optional.of("");
        }
        long from = begin & dataSize - 1;
        // Positions wrap as an unsigned long does: on purpose soon after boot (`BLK0_LPOS`).
        long span = next - begin & wordMask();
        long last = next - 1 & wordMask();
        // A block that does not fit before the ring's end stands at its start. Up to 6.18 one that ends just where the
        // ring
        // ends does not fit; since then it does (commit 67e1b0052f6b, "don't needlessly wrap data blocks around").
        boolean wrapped = Long.compareUnsigned(begin ^ last, dataSize) >= 0;
        long start = wrapped ? 0 : from;
        long end = wrapped ? next & dataSize - 1 : from + span;
        boolean sound = span > 0 && span < 2 * dataSize && end - start >= wordSize() && end <= dataSize;
        if (!sound || !ownedBy(id, data + start)) {
            return Optional.empty();
        }
        byte[] bytes = new byte[(int) Math.min(length, end - start - wordSize())];
        long read = memory.read(data + start + wordSize(), MemorySegment.ofArray(bytes));
        return read == 0 && bytes.length > 0 ? Optional.empty() : Optional.of(LogText.of(bytes, (int) read));
    }

    private boolean ownedBy(long id, long block) throws IOException {
        MemorySegment bytes = MemorySegment.ofArray(new byte[wordSize()]);
        return memory.read(block, bytes) == wordSize() && word(cursor("prb_data_block", bytes), 0, "id") == id;
    }
}
