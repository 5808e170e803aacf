package org.kdump.kernel.crash;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.VirtualMemory;

/// The kernel's log, read from the crashed machine's memory.
///
/// Since 5.10 it is a lockless ring buffer ([LocklessLog]); before, one buffer of records ([RecordLog]). VMCOREINFO
/// tells which, and all that is needed to read it. Records are read one after the other and never kept, so that a
/// log of any size can be read in the little memory of a capture kernel. What is damaged is passed over and counted.
/// Not safe for use by several threads.
public abstract sealed class KernelLog permits LocklessLog, RecordLog {
    /// No log buffer is larger: log_buf_len= is cut to 2 GiB (kernel/printk/printk.c, `LOG_BUF_LEN_MAX`).
    static final int MOST_SIZE_BITS = 31;

    final VirtualMemory memory;
    final VmcoreInfo info;
    long damaged;
    long lost;

    KernelLog(VirtualMemory memory) {
        this.memory = memory;
        this.info = memory.vmcore().info();
    }

    /// Finds the log.
    ///
    /// @throws MalformedInputException if VMCOREINFO tells of no log, or its head makes no sense
    /// @throws org.kdump.vmcore.paging.MemoryFault if its head is not in the dump
    /// @throws IOException if the dump cannot be read
    public static KernelLog of(VirtualMemory memory) throws IOException {
        VmcoreInfo info = memory.vmcore().info();
        // Linux commit 896fbe20b4e2 ("printk: use the lockless ringbuffer") (in v5.10) brought prb.
        if (info.symbol("prb").isPresent() || info.symbol("log_buf").isEmpty()) {
            return new LocklessLog(memory);
        }
        return new RecordLog(memory);
    }

    /// Gives each record to `consumer`, oldest first.
    ///
    /// @throws IOException if the dump cannot be read; memory that is not in the dump is counted as damage instead
    public final void forEach(Consumer<LogRecord> consumer) throws IOException {
        damaged = 0;
        lost = 0;
        read(consumer);
    }

    abstract void read(Consumer<LogRecord> consumer) throws IOException;

    /// All records, oldest first. Takes memory in proportion to the log: a capture kernel uses [#forEach].
    ///
    /// @throws IOException if the dump cannot be read
    public final List<LogRecord> records() throws IOException {
        List<LogRecord> records = new ArrayList<>();
        forEach(records::add);
        return records;
    }

    /// Records that could not be read when [#forEach] last ran: their memory is overwritten, or not in the dump.
    public final long damaged() {
        return damaged;
    }

    /// Records that the kernel itself had no room for, and those that a CPU was writing when it was stopped, as of
    /// the last [#forEach].
    public final long lost() {
        return lost;
    }

    final ByteOrder order() {
        return memory.vmcore().byteOrder();
    }

    final int wordSize() {
        return memory.vmcore().elfClass().wordSize();
    }

    /// The offset of a member of a structure of `size` bytes.
    final int inside(String member, int size, int width) {
        long offset = info.requireOffset(member);
        if (offset < 0 || offset > size - width) {
            throw malformed("OFFSET(" + member + ")", offset + " lies outside its structure");
        }
        return (int) offset;
    }

    /// The size of a structure.
    final int size(String type, int least) {
        long size = info.requireSize(type);
        if (size < least || size > 4096) {
            throw malformed("SIZE(" + type + ")", size + " cannot be");
        }
        return (int) size;
    }

    final MalformedInputException malformed(String field, String reason) {
        return new MalformedInputException(memory.vmcore().name(), -1, "kernel log", field, reason);
    }
}
