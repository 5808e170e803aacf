package org.kdump.debuginfo.btf;

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
        ids = table.named();
        int count = ids.length;
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
