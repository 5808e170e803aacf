package org.kdump.debuginfo.btf;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Numbers;

/// The one pass over a BTF's records when it is opened: where each begins, and which have names that are asked for.
///
/// It runs once in a process, so that most of it would be over before its loop is compiled; hence the work is cut into
/// short calls, which are compiled after some hundred of them.
final class RecordScan {
    static final int HEAD_WORDS = 3;
    static final int KIND_MASK = 0x7f;
    static final int VLEN_MASK = 0xffffff;

    private static final int RECORDS_IN_A_CALL = 64;
    /// A record of `struct btf_layout`: info_sz 1, elem_sz 1, flags 2.
    private static final int LAYOUT_SIZE = 4;
    /// What [Btf#find] finds by the hash.
    private static final BtfKind[] INDEXED = {
        BtfKind.INT,
        BtfKind.STRUCT,
        BtfKind.UNION,
        BtfKind.ENUM,
        BtfKind.FWD,
        BtfKind.TYPEDEF,
        BtfKind.FLOAT,
        BtfKind.ENUM64
    };

    private final String file;
    private final int firstId;
    private final int[] words;
    private final int[] fixedWords = new int[KIND_MASK + 1];
    private final int[] elementWords = new int[KIND_MASK + 1];
    private final boolean[] indexed = new boolean[KIND_MASK + 1];
    private int[] starts;
    private int[] named = new int[64];
    private int count;
    private int namedCount;
    private boolean signedEnumeration;

    RecordScan(String file, int firstId, int[] words, MemorySegment layout) {
        this.file = file;
        this.firstId = firstId;
        this.words = words;
        this.starts = new int[words.length / 6 + 1];
        sizes(layout);
        for (BtfKind kind : INDEXED) {
            indexed[kind.ordinal()] = true;
        }
        int at = 0;
        while (at < words.length) {
            at = scan(at);
        }
    }

    /// Fills in how many words follow a record of each kind: of known kinds by their definition, of newer ones by the
    /// layout section (since Linux 7.1), else -1.
    private void sizes(MemorySegment layout) {
        Arrays.fill(fixedWords, -1);
        for (int kind = 1; kind < BtfKind.count(); kind++) {
            BtfKind known = BtfKind.of(kind).orElseThrow();
            fixedWords[kind] = known.fixedWords();
            elementWords[kind] = known.elementWords();
        }
        long told = Math.min(layout.byteSize() / LAYOUT_SIZE, fixedWords.length);
        for (int kind = BtfKind.count(); kind < told; kind++) {
            long at = kind * (long) LAYOUT_SIZE;
            fixedWords[kind] = Numbers.u8(layout, at) / Integer.BYTES;
            elementWords[kind] = Numbers.u8(layout, at + 1) / Integer.BYTES;
        }
    }

    private int scan(int from) {
        int at = from;
        for (int i = 0; i < RECORDS_IN_A_CALL && at < words.length; i++) {
            if (words.length - at < HEAD_WORDS) {
                throw cutOff(at);
            }
            int info = words[at + 1];
            int kind = info >>> 24 & KIND_MASK;
            long length = HEAD_WORDS + fixedWords[kind] + (long) elementWords[kind] * (info & VLEN_MASK);
            if (fixedWords[kind] < 0 || length > words.length - at) {
                throw fixedWords[kind] < 0 ? unknown(at, kind) : cutOff(at);
            }
            add(at, kind, info);
            at += (int) length;
        }
        return at;
    }

    private void add(int at, int kind, int info) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, words.length / HEAD_WORDS);
        }
        if (indexed[kind] && words[at] != 0) {
            if (namedCount == named.length) {
                named = Arrays.copyOf(named, namedCount * 2);
            }
            named[namedCount++] = firstId + count;
            signedEnumeration |= info < 0 && kind == BtfKind.ENUM.ordinal();
        }
        starts[count++] = at;
    }

    private MalformedInputException cutOff(int at) {
        return malformed(
                at, "", "is longer than what is left of the types; the BTF is truncated or damaged, take another dump");
    }

    private MalformedInputException unknown(int at, int kind) {
        return malformed(at, "info", "kind " + kind + " is not known, and the BTF does not tell its length");
    }

    private MalformedInputException malformed(int at, String field, String reason) {
        String structure = TypeTable.structure(firstId + count);
        return new MalformedInputException(file, at * (long) Integer.BYTES, structure, field, reason);
    }

    /// Where each record begins, in words; what is behind [#count] is not used.
    int[] starts() {
        return starts;
    }

    /// How many records there are.
    int count() {
        return count;
    }

    /// The ids of the types that can be asked for by name.
    int[] named() {
        return Arrays.copyOf(named, namedCount);
    }

    /// Whether an ENUM says that it is signed.
    boolean hasSignedEnumeration() {
        return signedEnumeration;
    }
}
