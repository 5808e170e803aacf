package org.kdump.debuginfo.kallsyms;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The names of all symbols, compressed as `kallsyms_names` holds them (scripts/kallsyms.c), and an index by name.
///
/// ```
/// a symbol:  length in tokens, 1 byte; or 2, if bit 7 is set: 7 bits and the 7 bits above them
///            that many bytes, each the number of a token
/// expanded:  the type's letter, then the name
/// ```
///
/// Lengths of two bytes came with Linux 6.1 (commit 73bbb94466fd, "kallsyms: support "big" kernel symbols"). They are
/// told apart in older kernels too, whose names have at most 127 characters and so never 128 tokens.
///
/// No name is expanded before it is asked for: the index is by hashes that are put together from the tokens'.
final class NameTable {
    private static final int MARKER_SHIFT = 5;

    /// `KSYM_NAME_LEN` is 512 (128 before Linux 6.1, commit b8a94bfb3395); more of a name is not taken.
    private static final int LONGEST = 1024;

    private final byte[] names;
    private final Tokens tokens;
    private final int[] markers;
    private final int[] head;
    private final int[] next;
    private final int size;

    /// Goes through all names once.
    ///
    /// @param names the table; what is behind it does no harm
    /// @param count how many symbols there should be
    NameTable(byte[] names, Tokens tokens, int count) {
        this.names = names;
        this.tokens = tokens;
        this.markers = new int[(count >> MARKER_SHIFT) + 1];
        this.head = new int[Math.max(Integer.highestOneBit(count), 1)];
        this.next = new int[count];
        this.size = build(count);
    }

    private int build(int count) {
        int at = 0;
        for (int marker = 0; marker << MARKER_SHIFT < count; marker++) {
            markers[marker] = at;
            int first = marker << MARKER_SHIFT;
            int last = Math.min(first + (1 << MARKER_SHIFT), count);
            at = index(first, last, at);
            if (at < 0) {
                return -at - 1;
            }
        }
        return count;
    }

    /// Adds some names to the index. It runs once in a process: in short calls it is compiled before most is done.
    ///
    /// @return where the next name begins; if the table is cut off, the number of the first that is missing, as
    ///     `-number - 1`
    private int index(int from, int to, int start) {
        int at = start;
        for (int i = from; i < to; i++) {
            int first = first(at);
            int end = end(at);
            if (first >= end || end > names.length) {
                return -i - 1;
            }
            int bucket = bucket(hash(first, end));
            next[i] = head[bucket];
            head[bucket] = i + 1;
            at = end;
        }
        return at;
    }

    private int hash(int first, int end) {
        int hash = tokens.restHash[names[first] & 0xff];
        for (int i = first + 1; i < end; i++) {
            int token = names[i] & 0xff;
            hash = hash * tokens.power[token] + tokens.hash[token];
        }
        return hash;
    }

    private int bucket(int hash) {
        return (hash ^ hash >>> 16) & (head.length - 1);
    }

    /// Where the tokens of the name at `at` begin.
    private int first(int at) {
        return at < names.length && names[at] < 0 ? at + 2 : at + 1;
    }

    /// Where the name at `at` ends; behind the table if its length is.
    private int end(int at) {
        int first = first(at);
        if (first >= names.length) {
            return Integer.MAX_VALUE;
        }
        int low = names[at] & 0x7f;
        return first + (first == at + 1 ? low : low | (names[at + 1] & 0x7f) << 7);
    }

    /// How many symbols there are: fewer than should be if the table is cut off.
    int size() {
        return size;
    }

    private int position(int symbol) {
        int at = markers[symbol >> MARKER_SHIFT];
        for (int i = symbol & (1 << MARKER_SHIFT) - 1; i > 0; i--) {
            at = end(at);
        }
        return at;
    }

    /// The letter of a symbol's type.
    char type(int symbol) {
        return tokens.type(names[first(position(symbol))] & 0xff);
    }

    /// A symbol's name.
    String name(int symbol) {
        return Walk.at(this, symbol).name();
    }

    /// The numbers of the symbols of that name, in ascending order.
    int[] find(String name) {
        byte[] wanted = name.getBytes(StandardCharsets.ISO_8859_1);
        int[] found = new int[4];
        int count = 0;
        for (int link = head[bucket(name.hashCode())]; link != 0; link = next[link - 1]) {
            if (is(link - 1, wanted)) {
                found = count == found.length ? Arrays.copyOf(found, count * 2) : found;
                found[count++] = link - 1;
            }
        }
        int[] symbols = Arrays.copyOf(found, count);
        Arrays.sort(symbols);
        return symbols;
    }

    private boolean is(int symbol, byte[] wanted) {
        int at = position(symbol);
        int end = end(at);
        int matched = 0;
        int from = 1;
        for (int i = first(at); i < end; i++) {
            int token = names[i] & 0xff;
            if (!tokens.matches(token, from, wanted, matched)) {
                return false;
            }
            matched += Math.max(tokens.length[token] - from, 0);
            from = 0;
        }
        return matched == wanted.length;
    }

    /// A way through all names, in their order, each expanded into one buffer. Not safe for use by several threads.
    static final class Walk {
        private final NameTable table;
        private final byte[] text = new byte[LONGEST];
        private int symbol;
        private int at;
        private int length;
        private char type;

        private Walk(NameTable table, int symbol) {
            this.table = table;
            this.symbol = symbol;
            this.at = table.position(symbol);
        }

        /// Stands before the first symbol.
        static Walk of(NameTable table) {
            return new Walk(table, 0);
        }

        /// Stands on one.
        private static Walk at(NameTable table, int symbol) {
            Walk walk = new Walk(table, symbol);
            walk.next();
            return walk;
        }

        /// Goes to the next symbol.
        ///
        /// @return whether there is one
        boolean next() {
            if (symbol >= table.size) {
                return false;
            }
            int end = table.end(at);
            int first = table.first(at);
            type = table.tokens.type(table.names[first] & 0xff);
            length = table.tokens.copy(table.names[first] & 0xff, 1, text, 0);
            for (int i = first + 1; i < end && length < LONGEST; i++) {
                length = table.tokens.copy(table.names[i] & 0xff, 0, text, length);
            }
            at = end;
            symbol++;
            return true;
        }

        char type() {
            return type;
        }

        String name() {
            return new String(text, 0, length, StandardCharsets.ISO_8859_1);
        }

        /// Whether the name has `part` in it.
        boolean contains(byte[] part) {
            for (int i = 0; i <= length - part.length; i++) {
                if (Arrays.equals(text, i, i + part.length, part, 0, part.length)) {
                    return true;
                }
            }
            return false;
        }
    }
}
