package org.kdump.debuginfo.kallsyms;

import java.util.Arrays;

/// The words that names are put together from: `kallsyms_token_table`, 256 strings each ended by a NUL, and
/// `kallsyms_token_index`, where each of them begins (scripts/kallsyms.c).
///
/// Hashes are those of [String#hashCode], so that a name's can be put together from its tokens' alone.
final class Tokens {
    static final int COUNT = 256;

    /// The table is no larger: an index has 16 bits, and the last token begins within.
    static final int LARGEST_TABLE = (1 << 16) + 1024;

    final byte[] text;
    final int[] start = new int[COUNT];
    final int[] length = new int[COUNT];
    final int[] hash = new int[COUNT];
    final int[] restHash = new int[COUNT];
    final int[] power = new int[COUNT];

    /// @param text the token table, at least up to the end of the last token; what lies outside is an empty token
    /// @param start where each token begins in it
    Tokens(byte[] text, int[] start) {
        this.text = text;
        for (int token = 0; token < COUNT; token++) {
            this.start[token] = Math.min(start[token], text.length);
            measure(token);
        }
    }

    private void measure(int token) {
        int end = start[token];
        int whole = 0;
        int rest = 0;
        int factor = 1;
        while (end < text.length && text[end] != 0) {
            int c = text[end] & 0xff;
            whole = whole * 31 + c;
            rest = end == start[token] ? 0 : rest * 31 + c;
            factor *= 31;
            end++;
        }
        length[token] = end - start[token];
        hash[token] = whole;
        restHash[token] = rest;
        power[token] = factor;
    }

    /// The first character of a token, which is the type of the symbol that begins with it; `?` if it is empty.
    char type(int token) {
        return length[token] == 0 ? '?' : (char) (text[start[token]] & 0xff);
    }

    /// Appends a token, from its character `from` on, to `target` as far as there is room.
    ///
    /// @return where the next is to be put
    int copy(int token, int from, byte[] target, int at) {
        int count = Math.min(length[token] - from, target.length - at);
        if (count <= 0) {
            return at;
        }
        System.arraycopy(text, start[token] + from, target, at, count);
        return at + count;
    }

    /// Whether `wanted` goes on, from its byte `at`, with a token from its character `from` on.
    boolean matches(int token, int from, byte[] wanted, int at) {
        int begin = start[token] + Math.min(from, length[token]);
        int end = start[token] + length[token];
        return end - begin <= wanted.length - at && Arrays.equals(text, begin, end, wanted, at, at + end - begin);
    }
}
