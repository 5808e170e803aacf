package org.kdump.kernel;

/// A record of the kernel's log, `struct printk_info` with its text (kernel/printk/printk_ringbuffer.h).
///
/// @param sequence its number, from 0 at boot
/// @param timestampNanos nanoseconds since boot, by the CPU's own clock (`local_clock`)
/// @param facility the syslog facility, 0 for the kernel
/// @param level the syslog level, 0 (emergency) to 7 (debug)
/// @param caller who wrote it, `T` and the thread's pid or `C` and the CPU; kernels without CONFIG_PRINTK_CALLER give
/// `T0`
/// @param text what was written, without the last line end; bytes that are no UTF-8 and control characters other than
///     tab and line feed stand as `\xNN`, as dmesg prints them
public record LogRecord(long sequence, long timestampNanos, int facility, int level, String caller, String text) {}
