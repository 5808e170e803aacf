package org.kdump.debuginfo.btf;

import java.util.Arrays;

/// The types of a table that can be asked for by name, in a hash of plain numbers: some 15,000 of a kernel's 120,000.
/// Functions and variables are not in it. Immutable.
final class NameIndex {
    private static final int SMALLEST = 64;

    private final TypeTable table;
    private final int mask;
    /// The first entry of each bucket, plus one.
    private final int[] buckets;
    private final int[] next;
    private final int[] ids;

    NameIndex(TypeTable table) {
        this.table = table;
        int[] found = new int[SMALLEST];
        int count = 0;
        for (int id = table.firstId(); id < table.end(); id++) {
            if (isIndexed(table.kindNumber(id)) && table.nameOffset(id) != 0) {
                if (count == found.length) {
                    found = Arrays.copyOf(found, count * 2);
                }
                found[count++] = id;
            }
        }
        ids = Arrays.copyOf(found, count);
        next = new int[count];
        buckets = new int[Integer.highestOneBit(Math.max(SMALLEST, count)) * 2];
        mask = buckets.length - 1;
        // From the last to the first, so that of equal names the first type is found first.
        for (int entry = count - 1; entry >= 0; entry--) {
            int bucket = bucket(table.hash(table.nameOffset(ids[entry])));
            next[entry] = buckets[bucket];
            buckets[bucket] = entry + 1;
        }
    }

    private static boolean isIndexed(int kind) {
        return kind == BtfKind.STRUCT.ordinal()
                || kind == BtfKind.UNION.ordinal()
                || kind == BtfKind.ENUM.ordinal()
                || kind == BtfKind.ENUM64.ordinal()
                || kind == BtfKind.TYPEDEF.ordinal()
                || kind == BtfKind.FWD.ordinal()
                || kind == BtfKind.INT.ordinal()
                || kind == BtfKind.FLOAT.ordinal();
    }

    private int bucket(int hash) {
        return (hash ^ hash >>> 15) & mask;
    }

    /// The first type of that kind and name; 0 if there is none.
    int find(BtfKind kind, byte[] name) {
        int entry = buckets[bucket(TypeTable.hash(name))];
        while (entry != 0) {
            int id = ids[entry - 1];
            if (table.is(id, kind) && table.nameIs(table.nameOffset(id), name)) {
                return id;
            }
            entry = next[entry - 1];
        }
        return 0;
    }
}
