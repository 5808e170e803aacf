package org.kdump.kernel.net;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.kdump.elf.Numbers;
import org.kdump.vmcore.paging.VirtualMemory;

/// Addresses of the internet as the kernel has them in memory: as they go over the wire.
final class IpAddress {
    private static final int GROUPS = 8;
    private static final int VERSION_6 = 16;

    private IpAddress() {}

    /// A `__be32`, read as a number on a little-endian machine.
    static String version4(long address) {
        return "%d.%d.%d.%d".formatted(address & 0xff, address >> 8 & 0xff, address >> 16 & 0xff, address >> 24 & 0xff);
    }

    /// A `struct in6_addr`, as RFC 5952 writes it: the longest run of zeros is `::`.
    static String version6(VirtualMemory memory, long address) throws IOException {
        MemorySegment bytes = MemorySegment.ofArray(memory.bytes(address, VERSION_6));
        int[] groups = new int[GROUPS];
        for (int i = 0; i < GROUPS; i++) {
            groups[i] = Numbers.u16(bytes, i * Short.BYTES, ByteOrder.BIG_ENDIAN);
        }
        int start = GROUPS;
        int end = GROUPS;
        for (int from = 0; from < GROUPS; from++) {
            int to = from;
            while (to < GROUPS && groups[to] == 0) {
                to++;
            }
            if (to - from > Math.max(1, end - start)) {
                start = from;
                end = to;
            }
        }
        return end == start ? text(groups, 0, GROUPS) : text(groups, 0, start) + "::" + text(groups, end, GROUPS);
    }

    private static String text(int[] groups, int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) {
            text.append(i == from ? "" : ":").append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }
}
