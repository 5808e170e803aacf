package org.kdump.vmcore.codec;

import java.util.Arrays;

/// A canonical Huffman code (RFC 1951, 3.2.2) for the symbols of one block, used again for the next.
///
/// Built without objects: symbols sorted by count, the tree made in place of the counts (Moffat and Katajainen,
/// *In-place calculation of minimum-redundancy codes*, 1995), and codes that got too long shortened at the cost of the
/// next shorter ones.
final class HuffmanCode {
    private static final int SYMBOL_BITS = 9;
    private static final int DEEPEST = 32;
    private static final int LENGTH_SHIFT = 16;

    private final int longest;
    private final byte[] lengths;
    private final int[] entries;
    private final int[] nodes;
    private final int[] order;
    private final int[] starts;
    private final int[] perLength = new int[DEEPEST + 1];
    private final int[] next = new int[16];
    private int used;

    /// @param symbols how many there are, at most 512
    /// @param longest bits of a code, at most 15
    HuffmanCode(int symbols, int longest) {
        this.longest = longest;
        lengths = new byte[symbols];
        entries = new int[symbols];
        nodes = new int[symbols];
        order = new int[symbols];
        starts = new int[symbols + 1];
    }

    /// Makes the code for symbols that occur so often, each less than 2^22 times. A code of less than two symbols is
    /// given two: some decoders want it whole.
    void build(int[] counts) {
        int present = sort(counts);
        Arrays.fill(lengths, (byte) 0);
        if (present < 2) {
            int only = present == 0 ? 0 : nodes[0] & (1 << SYMBOL_BITS) - 1;
            lengths[only] = 1;
            lengths[only == 0 ? 1 : 0] = 1;
        } else {
            for (int i = 0; i < present; i++) {
                order[i] = nodes[i] & (1 << SYMBOL_BITS) - 1;
                nodes[i] >>>= SYMBOL_BITS;
            }
            depths(present);
            countLengths(present);
            shorten();
            giveLengths();
        }
        giveCodes();
    }

    /// Symbols that occur, seldom ones first: [#nodes] gets count and symbol in one number.
    private int sort(int[] counts) {
        int top = lengths.length;
        Arrays.fill(starts, 0);
        for (int symbol = 0; symbol < lengths.length; symbol++) {
            starts[Math.min(counts[symbol], top)]++;
        }
        int present = 0;
        starts[0] = 0;
        for (int count = 1; count <= top; count++) {
            int same = starts[count];
            starts[count] = present;
            present += same;
        }
        int frequent = starts[top];
        for (int symbol = 0; symbol < lengths.length; symbol++) {
            if (counts[symbol] != 0) {
                nodes[starts[Math.min(counts[symbol], top)]++] = counts[symbol] << SYMBOL_BITS | symbol;
            }
        }
        // The few whose counts are too high to have a place of their own.
        Arrays.sort(nodes, frequent, present);
        return present;
    }

    /// Turns counts into the depths of the tree's inner nodes.
    private void depths(int leaves) {
        int[] node = nodes;
        node[0] += node[1];
        int root = 0;
        int leaf = 2;
        for (int made = 1; made < leaves - 1; made++) {
            if (leaf >= leaves || node[root] < node[leaf]) {
                node[made] = node[root];
                node[root++] = made;
            } else {
                node[made] = node[leaf++];
            }
            if (leaf >= leaves || root < made && node[root] < node[leaf]) {
                node[made] += node[root];
                node[root++] = made;
            } else {
                node[made] += node[leaf++];
            }
        }
        node[leaves - 2] = 0;
        for (int inner = leaves - 3; inner >= 0; inner--) {
            node[inner] = node[node[inner]] + 1;
        }
    }

    /// How many leaves there are at each depth.
    private void countLengths(int leaves) {
        Arrays.fill(perLength, 0);
        int inner = leaves - 2;
        int places = 1;
        for (int depth = 0; places > 0; depth++) {
            int taken = 0;
            while (inner >= 0 && nodes[inner] == depth) {
                taken++;
                inner--;
            }
            perLength[Math.min(depth, DEEPEST)] += places - taken;
            places = 2 * taken;
        }
    }

    /// Cuts codes that are too long, then lengthens shorter ones until the code fits again.
    private void shorten() {
        for (int length = DEEPEST; length > longest; length--) {
            perLength[longest] += perLength[length];
            perLength[length] = 0;
        }
        int room = 1 << longest;
        for (int length = 1; length <= longest; length++) {
            room -= perLength[length] << longest - length;
        }
        while (room < 0) {
            int shorter = longest - 1;
            while (perLength[shorter] == 0) {
                shorter--;
            }
            perLength[longest]--;
            perLength[shorter]--;
            perLength[shorter + 1] += 2;
            room++;
        }
    }

    private void giveLengths() {
        int at = 0;
        for (int length = longest; length > 0; length--) {
            for (int i = perLength[length]; i > 0; i--) {
                lengths[order[at++]] = (byte) length;
            }
        }
    }

    private void giveCodes() {
        Arrays.fill(perLength, 0);
        for (byte length : lengths) {
            perLength[length]++;
        }
        perLength[0] = 0;
        int code = 0;
        for (int length = 1; length <= longest; length++) {
            code = code + perLength[length - 1] << 1;
            next[length] = code;
        }
        used = 0;
        for (int symbol = 0; symbol < lengths.length; symbol++) {
            int length = lengths[symbol];
            if (length != 0) {
                entries[symbol] = Integer.reverse(next[length]++) >>> Integer.SIZE - length | length << LENGTH_SHIFT;
                used = symbol + 1;
            }
        }
    }

    /// One more than the last symbol that has a code.
    int used() {
        return used;
    }

    /// Bits of a symbol's code, 0 if it has none.
    int lengthOf(int symbol) {
        return lengths[symbol];
    }

    /// What is written for each symbol that has a code: [#code(int)] and [#length(int)] of it.
    int[] entries() {
        return entries;
    }

    /// The bits of a code, the first of them lowest.
    static int code(int entry) {
        return entry & (1 << LENGTH_SHIFT) - 1;
    }

    /// How many bits a code has.
    static int length(int entry) {
        return entry >>> LENGTH_SHIFT;
    }
}
