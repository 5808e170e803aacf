package org.kdump.kernel.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Writes a log as the kernel does since 5.10: `prb_reserve` and `prb_commit` of kernel/printk/printk_ringbuffer.c,
/// with the first ids and positions that the kernel begins with, so that both overflow soon. The n-th record, from
/// 0, bears the time n milliseconds.
final class LocklessLogFixture {
    static final int PRB_POINTER = 0x3000;
    static final int PRB = 0x3100;
    static final int DESCRIPTORS = 0x10000;
    static final int INFOS = 0x40000;
    static final int DATA = 0x80000;
    private static final int INFO_SIZE = 88;
    private static final int FINALIZED = 2;

    final MemoryVmcore vmcore;
    final int count;
    final int dataSize;
    private final int word;
    private final long wordMask;
    private final long idMask;
    private long tailId;
    private long headId;
    private long headPosition;
    private long tailPosition;
    private long sequence;
    private long commitState = FINALIZED;
    private boolean wrapsNeedlessly = true;

    LocklessLogFixture(MemoryVmcore vmcore, int countBits, int sizeBits) {
        this.vmcore = vmcore;
        this.word = vmcore.elfClass().wordSize();
        this.wordMask = -1L >>> 64 - 8 * word;
        this.idMask = wordMask >>> 2;
        this.count = 1 << countBits;
        this.dataSize = 1 << sizeBits;
        this.headId = -(count + 1L) & idMask;
        this.tailId = headId;
        this.headPosition = -dataSize & wordMask;
        this.tailPosition = headPosition;
        tell();
        vmcore.putWord(PRB_POINTER, vmcore.virtual(PRB));
        vmcore.memory.putInt(PRB, countBits);
        vmcore.putWord(PRB + word, vmcore.virtual(DESCRIPTORS));
        vmcore.putWord(PRB + 2 * word, vmcore.virtual(INFOS));
        vmcore.memory.putInt(PRB + 6 * word, sizeBits);
        vmcore.putWord(PRB + 7 * word, vmcore.virtual(DATA));
        // The first descriptor in use is the last of the array, and reusable.
        vmcore.putWord(descriptor(headId), headId | 3L << 8 * word - 2);
        heads();
    }

    static LocklessLogFixture x86(int countBits, int sizeBits) {
        return new LocklessLogFixture(MemoryVmcore.x86(), countBits, sizeBits);
    }

    private void tell() {
        vmcore.symbol("prb", PRB_POINTER);
        offsets("printk_ringbuffer", "desc_ring", 0, "text_data_ring", 6 * word, "fail", 10 * word);
        offsets("prb_desc_ring", "count_bits", 0, "descs", word, "infos", 2 * word);
        offsets("prb_desc_ring", "head_id", 3 * word, "tail_id", 4 * word);
        offsets("prb_data_ring", "size_bits", 0, "data", word);
        offsets("prb_desc", "state_var", 0, "text_blk_lpos", word);
        offsets("prb_data_blk_lpos", "begin", 0, "next", word);
        offsets("printk_info", "seq", 0, "ts_nsec", 8, "text_len", 16, "caller_id", 20, "dev_info", 24);
        offsets("dev_printk_info", "subsystem", 0, "device", 16);
        offsets("atomic_long_t", "counter", 0);
        vmcore.info.add("SIZE(prb_desc)=" + 3 * word);
        vmcore.info.add("SIZE(printk_info)=" + INFO_SIZE);
        vmcore.info.add("LENGTH(printk_info_subsystem)=16");
        vmcore.info.add("LENGTH(printk_info_device)=48");
    }

    private void offsets(String type, Object... members) {
        for (int i = 0; i < members.length; i += 2) {
            vmcore.info.add("OFFSET(" + type + "." + members[i] + ")=" + members[i + 1]);
        }
    }

    private void heads() {
        vmcore.putWord(PRB + 3 * word, headId);
        vmcore.putWord(PRB + 4 * word, tailId);
    }

    /// From now on, records end in this state: 0 reserved, 1 committed, 2 finalized, 3 reusable.
    LocklessLogFixture state(int state) {
        commitState = state;
        return this;
    }

    /// From now on, as since 6.19: a block may end where the ring ends.
    LocklessLogFixture fitting() {
        wrapsNeedlessly = false;
        return this;
    }

    LocklessLogFixture add(String... texts) {
        for (String text : texts) {
            add(6, 1, text.getBytes(StandardCharsets.UTF_8));
        }
        return this;
    }

    /// Adds a record; an empty text is an empty line.
    LocklessLogFixture add(int level, int caller, byte[] text) {
        if (text.length == 0) {
            return add(level, caller, 3, 3, 0);
        }
        int size = (text.length + word + word - 1) / word * word;
        long begin = headPosition;
        long next = begin + size & wordMask;
        boolean wraps = (begin & -dataSize) != ((wrapsNeedlessly ? next : next - 1) & -dataSize & wordMask);
        if (wraps) {
            next = (begin + dataSize & -dataSize & wordMask) + size & wordMask;
        }
        makeRoom(next);
        headPosition = next;
        long id = nextId();
        int block = DATA + (wraps ? 0 : (int) (begin & dataSize - 1));
        vmcore.putWord(block, id);
        vmcore.memory.put(block + word, text);
        return add(level, caller, begin, next, text.length);
    }

    /// Adds a record that tells of any block.
    LocklessLogFixture add(int level, int caller, long begin, long next, int length) {
        long id = nextId();
        if (id - tailId == count || tailId == (-(count + 1L) & idMask)) {
            tailId = tailId + 1 & idMask;
        }
        headId = id;
        vmcore.putWord(descriptor(id), id | commitState << 8 * word - 2);
        vmcore.putWord(descriptor(id) + word, begin);
        vmcore.putWord(descriptor(id) + 2 * word, next);
        boolean little = vmcore.byteOrder() == ByteOrder.LITTLE_ENDIAN;
        vmcore.memory
                .putLong(info(id), sequence)
                .putLong(info(id) + 8, sequence * 1_000_000)
                .putShort(info(id) + 16, (short) length)
                .put(info(id) + 18, (byte) 0)
                .put(info(id) + 19, (byte) (little ? level << 5 | 1 : 1 << 3 | level))
                .putInt(info(id) + 20, caller);
        sequence++;
        heads();
        return this;
    }

    /// Frees the oldest records until the data ring has room up to `next`; their descriptors stay, reusable.
    private void makeRoom(long next) {
        while ((next - tailPosition & wordMask) > dataSize) {
            long state = word(descriptor(tailId));
            long begin = word(descriptor(tailId) + word);
            vmcore.putWord(descriptor(tailId), state | 3L << 8 * word - 2);
            if ((begin & 1) == 0 && (state >>> 8 * word - 2 & 3) != 3) {
                tailPosition = word(descriptor(tailId) + 2 * word);
            }
            tailId = tailId + 1 & idMask;
        }
    }

    private long word(int physical) {
        return word == 8 ? vmcore.memory.getLong(physical) : Integer.toUnsignedLong(vmcore.memory.getInt(physical));
    }

    private long nextId() {
        return headId + 1 & idMask;
    }

    /// Where the descriptor of an id is in physical memory.
    int descriptor(long id) {
        return DESCRIPTORS + (int) (id & count - 1) * 3 * word;
    }

    int info(long id) {
        return INFOS + (int) (id & count - 1) * INFO_SIZE;
    }

    long headId() {
        return headId;
    }

    long position() {
        return headPosition;
    }

    ByteBuffer memory() {
        return vmcore.memory;
    }

    KernelLog open() throws IOException {
        return KernelLog.of(vmcore.flat());
    }

    /// The texts that can be read, and the counts of what cannot.
    String read() throws IOException {
        KernelLog log = open();
        StringBuilder text = new StringBuilder();
        log.forEach(record ->
                text.append(record.sequence()).append(' ').append(record.text()).append('\n'));
        return text + "damaged " + log.damaged() + ", lost " + log.lost() + "\n";
    }
}
