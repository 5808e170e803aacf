package org.kdump.e2e;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import org.kdump.vmcore.Vmcore;

/// A walk of all page tables below a root, of x86-64.
final class PageTables {
    private static final int PAGE = 4096;
    private static final int ENTRIES = 512;
    private static final long ADDRESS = 0x000f_ffff_ffff_f000L;

    private final Vmcore vmcore;
    private final BitSet tables;
    private final int levels;

    /// @param tables filled with the page frames of all tables
    PageTables(Vmcore vmcore, BitSet tables) {
        this.vmcore = vmcore;
        this.tables = tables;
        levels = vmcore.info().number("pgtable_l5_enabled").orElse(0) == 0 ? 4 : 5;
    }

    /// Takes a page that is mapped; of a large one, each page of 4 KiB.
    interface Leaf {
        void accept(long virtual, long physical);
    }

    /// Notes all tables.
    void walk(long root) throws IOException {
        walk(root, levels, 0, 0, -1, (virtual, physical) -> {});
    }

    /// Goes through what is mapped from one address up to before another.
    void leaves(long root, long from, long to, Leaf leaf) throws IOException {
        walk(root, levels, 0, from, to, leaf);
    }

    private void walk(long table, int level, long base, long from, long to, Leaf leaf) throws IOException {
        int pfn = (int) (table / PAGE);
        boolean everything = to == -1;
        if (tables.get(pfn)) {
            return;
        }
        tables.set(pfn);
        byte[] bytes = new byte[PAGE];
        if (vmcore.read(table, MemorySegment.ofArray(bytes)) < PAGE) {
            throw new IOException("the page table at 0x" + Long.toHexString(table) + " is " + vmcore.presence(table));
        }
        ByteBuffer entries = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < ENTRIES; i++) {
            int shift = 12 + 9 * (level - 1);
            long start = base | (long) i << shift;
            start = level == levels && i >= ENTRIES / 2 ? start | -1L << shift + 9 : start;
            long entry = entries.getLong(i * 8);
            boolean inside = everything || start + (1L << shift) > from && start < to;
            if ((entry & 1) == 0 || !inside) {
                continue;
            }
            long address = entry & ADDRESS;
            if (level == 1 || level <= 3 && (entry & 0x80) != 0) {
                for (long at = 0; !everything && at < 1L << shift; at += PAGE) {
                    leaf.accept(start + at, (address & -1L << shift) + at);
                }
            } else {
                walk(address, level - 1, start, from, to, leaf);
            }
        }
    }
}
