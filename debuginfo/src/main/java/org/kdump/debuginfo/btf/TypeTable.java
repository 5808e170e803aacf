package org.kdump.debuginfo.btf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.kdump.elf.MalformedInputException;

/// The records of a BTF blob as 32-bit words, found by type id, and its names, found by offset.
///
/// ```
/// 0 name_off | 1 info: vlen (bits 0…23), kind (24…30), kind_flag (31) | 2 size or type | what the kind adds
/// ```
///
/// Before Linux 7.1 vlen had 16 bits and kind 5; the others were zero. Words and names are plain arrays, for an array
/// is
/// quick to read even before the code is compiled, and this is read at each start. In split BTF ids and name offsets go
/// on where the base's end. Immutable.
final class TypeTable {
    private final String file;
    private final TypeTable base;
    private final int firstId;
    private final int firstName;
    private final int[] words;
    private final int[] starts;
    private final int count;
    private final int[] named;
    private final byte[] names;
    private final boolean tellsSigns;

    /// @param base null for BTF that stands alone
    TypeTable(String file, BtfHeader header, TypeTable base) {
        this.file = file;
        this.base = base;
        // Type 0, void, has no record.
        firstId = base == null ? 1 : base.end();
        firstName = base == null ? 0 : base.firstName + base.names.length;
        words = words(header);
        names = header.strings().toArray(ValueLayout.JAVA_BYTE);
        RecordScan scan = new RecordScan(file, firstId, words, header.layout());
        starts = scan.starts();
        count = scan.count();
        named = scan.named();
        tellsSigns = scan.hasSignedEnumeration() || base != null && base.tellsSigns;
    }

    private static int[] words(BtfHeader header) {
        int[] words = new int[(int) (header.types().byteSize() / Integer.BYTES)];
        MemorySegment.copy(
                header.types(),
                ValueLayout.JAVA_INT_UNALIGNED.withOrder(header.order()),
                0,
                MemorySegment.ofArray(words),
                ValueLayout.JAVA_INT,
                0,
                words.length);
        return words;
    }

    static String structure(int id) {
        return "btf_type[" + id + "]";
    }

    /// The first id of this table's own.
    int firstId() {
        return firstId;
    }

    /// The first id behind the last.
    int end() {
        return firstId + count;
    }

    /// The ids of its own types that can be asked for by name, in order.
    int[] named() {
        return named;
    }

    /// The table that has type `id`, which is not 0.
    private TypeTable owner(int id) {
        TypeTable table = this;
        while (table != null && id > 0 && id < table.firstId) {
            table = table.base;
        }
        if (table == null || id <= 0 || id >= table.end()) {
            throw new MalformedInputException(
                    file, -1, structure(id), "", "there is no such type, the last is " + (end() - 1));
        }
        return table;
    }

    /// A word of a type's record.
    ///
    /// @throws MalformedInputException if there is no such type
    int word(int id, int index) {
        TypeTable owner = owner(id);
        return owner.words[owner.starts[id - owner.firstId] + index];
    }

    /// A word of an element behind a type's record.
    int word(int id, int element, int elementWords, int index) {
        return word(id, RecordScan.HEAD_WORDS + element * elementWords + index);
    }

    /// A word of what a kind has once.
    int fixedWord(int id, int index) {
        return word(id, RecordScan.HEAD_WORDS + index);
    }

    int kindNumber(int id) {
        return id == 0 ? 0 : word(id, 1) >>> 24 & RecordScan.KIND_MASK;
    }

    boolean is(int id, BtfKind kind) {
        return kindNumber(id) == kind.ordinal();
    }

    boolean isStructure(int id) {
        return is(id, BtfKind.STRUCT) || is(id, BtfKind.UNION);
    }

    boolean isEnumeration(int id) {
        return is(id, BtfKind.ENUM) || is(id, BtfKind.ENUM64);
    }

    /// Whether an ENUM without `kind_flag` is unsigned: encoders before Linux 6.0 (commit 6089fb325cf7, "bpf: Add btf
    /// enum64 support") never set the flag, so that nothing is told where no enum has it.
    boolean tellsSigns() {
        return tellsSigns;
    }

    int length(int id) {
        return word(id, 1) & RecordScan.VLEN_MASK;
    }

    boolean flag(int id) {
        return word(id, 1) < 0;
    }

    int nameOffset(int id) {
        return id == 0 ? 0 : word(id, 0);
    }

    /// The third word: a size or the type that is referred to.
    int sizeOrType(int id) {
        return word(id, 2);
    }

    /// The name at `offset`, in ISO 8859-1 so that no byte is lost.
    ///
    /// @throws MalformedInputException if it is none of this BTF's, or has no end
    String name(int offset) {
        if (offset == 0) {
            return "";
        }
        TypeTable owner = nameOwner(offset);
        int start = offset - owner.firstName;
        int end = start;
        while (end < owner.names.length && owner.names[end] != 0) {
            if (owner.names[end] > 0 && owner.names[end] < ' ') {
                throw malformed("name_off", "the name at 0x" + Integer.toHexString(offset) + " has control characters");
            }
            end++;
        }
        if (end == owner.names.length) {
            throw noName(offset);
        }
        return new String(owner.names, start, end - start, StandardCharsets.ISO_8859_1);
    }

    /// Whether the name at `offset` is `name`, without making a string of it.
    boolean nameIs(int offset, byte[] name) {
        TypeTable owner = nameOwner(offset);
        int start = offset - owner.firstName;
        int end = start + name.length;
        return end < owner.names.length
                && owner.names[end] == 0
                && Arrays.equals(owner.names, start, end, name, 0, name.length);
    }

    /// A hash of the name at `offset`, the same as [#hash(byte\[\])].
    int hash(int offset) {
        TypeTable owner = nameOwner(offset);
        int hash = 0;
        for (int at = offset - owner.firstName; at < owner.names.length && owner.names[at] != 0; at++) {
            hash = hash * 31 + owner.names[at];
        }
        return hash;
    }

    static int hash(byte[] name) {
        int hash = 0;
        for (byte b : name) {
            hash = hash * 31 + b;
        }
        return hash;
    }

    private TypeTable nameOwner(int offset) {
        TypeTable table = this;
        while (table != null && offset >= 0 && offset < table.firstName) {
            table = table.base;
        }
        if (table == null || offset < 0 || offset - table.firstName >= table.names.length) {
            throw noName(offset);
        }
        return table;
    }

    private MalformedInputException noName(int offset) {
        return malformed("name_off", "no name ends after offset 0x" + Integer.toHexString(offset));
    }

    /// An error about the BTF as a whole.
    MalformedInputException malformed(String field, String reason) {
        return new MalformedInputException(file, -1, "btf_type", field, reason);
    }

    /// An error about a type.
    MalformedInputException malformed(int id, String reason) {
        return new MalformedInputException(file, offset(id), structure(id), "", reason);
    }

    /// Where a type's record is in its type section, or -1.
    private long offset(int id) {
        return id < firstId || id >= end() ? -1 : starts[id - firstId] * (long) Integer.BYTES;
    }
}
