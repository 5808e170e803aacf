package org.kdump.kernel.crash;

import java.nio.ByteOrder;

/// The byte `u8 flags:5, level:3` of a log record. A compiler lays bit fields out from the low bit on little-endian
/// machines, from the high bit on big-endian ones.
///
/// @param flags `enum printk_info_flags`
/// @param level 0 to 7
record SyslogBits(int flags, int level) {
    static SyslogBits of(int bits, ByteOrder order) {
        return order == ByteOrder.LITTLE_ENDIAN
                ? new SyslogBits(bits & 0x1f, bits >> 5)
                : new SyslogBits(bits >> 3, bits & 7);
    }
}
