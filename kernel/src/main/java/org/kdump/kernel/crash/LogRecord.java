package org.kdump.kernel.crash;

import java.util.Map;

/// A record of the kernel's log: `struct printk_info` with its text (kernel/printk/printk_ringbuffer.h), before 5.10
/// `struct printk_log`.
///
/// @param sequence its number, from 0 at boot; before 5.10 from 0 at the oldest that is left
/// @param timestampNanos nanoseconds since boot, by the CPU's own clock (`local_clock`); unsigned
/// @param facility the syslog facility, 0 for the kernel; user space cannot write with 0
/// @param level the syslog level, 0 (emergency) to 7 (debug)
/// @param flags `enum printk_info_flags`: [#CONTINUATION] and others
/// @param caller who wrote it, `T` and the thread's pid or `C` and the CPU; `T0` before 5.1 and where the kernel did
///     not note it
/// @param text what was written, without the last line end; bytes that are no UTF-8 and control characters that are
///     no white space stand as `\xNN`, as dmesg prints them
/// @param dictionary what devices add: `SUBSYSTEM` and `DEVICE`, or nothing (Documentation/ABI/testing/dev-kmsg)
public record LogRecord(
        long sequence,
        long timestampNanos,
        int facility,
        int level,
        int flags,
        String caller,
        String text,
        Map<String, String> dictionary) {
    /// `LOG_CONT`: it goes on with the record before.
    public static final int CONTINUATION = 8;

    /// Bit 31 of a caller's number tells a CPU from a thread (kernel/printk/printk.c, `printk_caller_id`).
    static String caller(int id) {
        return id < 0 ? "C" + (id & Integer.MAX_VALUE) : "T" + id;
    }
}
