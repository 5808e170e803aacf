package org.kdump.kernel.object;

import java.io.IOException;
import java.util.BitSet;
import org.kdump.vmcore.paging.MemoryFault;

/// The kernel's bitmaps (include/linux/bitmap.h): a row of `unsigned long`, bit 0 the lowest of the first.
public final class Bitmap {
    /// CONFIG_NR_CPUS is at most 8192; a map of PIDs has 32768.
    private static final int MOST = 1 << 22;

    private Bitmap() {}

    /// The bits of a bitmap.
    ///
    /// @param address of the first word
    /// @param bits how many it has; more than 4 million are cut off
    /// @throws MemoryFault if it is not mapped or not in the dump
    /// @throws IOException if the dump cannot be read
    public static BitSet read(TypedMemory memory, long address, long bits) throws IOException {
        int word = memory.types().pointerSize();
        int count = Math.clamp(bits, 0, MOST);
        BitSet set = new BitSet(count);
        for (int i = 0; i < count; i += word * Byte.SIZE) {
            long value = memory.memory().word(address + i / Byte.SIZE);
            for (int bit = 0; bit < word * Byte.SIZE && i + bit < count; bit++) {
                set.set(i + bit, (value >>> bit & 1) != 0);
            }
        }
        return set;
    }

    /// The bits of a member that is a bitmap: an array of `unsigned long`, a `cpumask_t`, a `nodemask_t`.
    ///
    /// @throws MemoryFault if it is not mapped or not in the dump
    /// @throws IOException if the dump cannot be read
    public static BitSet read(Struct struct, String path) throws IOException {
        Member member = struct.type().member(path);
        return read(struct.type().memory(), member.address(struct.address()), member.size() * Byte.SIZE);
    }
}
