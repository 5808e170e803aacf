package org.kdump.debuginfo.btf;

import java.util.ArrayList;
import java.util.List;

/// Makes a type of its record in a table.
record TypeReader(TypeTable table) {
    private static final int INT_SIGNED = 1;
    private static final int INT_CHAR = 2;
    private static final int INT_BOOL = 4;

    BtfType read(int id) {
        if (id == 0) {
            return new BtfType.Void();
        }
        int number = table.kindNumber(id);
        return BtfKind.of(number)
                .map(kind -> read(id, kind))
                .orElseGet(() -> new BtfType.Unknown(id, name(id), number));
    }

    private BtfType read(int id, BtfKind kind) {
        int target = table.sizeOrType(id);
        return switch (kind) {
            case VOID -> throw table.malformed(id, "kind 0 is none");
            case INT -> integer(id);
            case PTR -> new BtfType.Pointer(id, target);
            case ARRAY ->
                new BtfType.Array(
                        id,
                        table.fixedWord(id, 0),
                        table.fixedWord(id, 1),
                        Integer.toUnsignedLong(table.fixedWord(id, 2)));
            case STRUCT, UNION -> new BtfType.Structure(id, name(id), kind == BtfKind.UNION, size(id), members(id));
            case ENUM, ENUM64 -> new BtfType.Enumeration(id, name(id), size(id), table.flag(id), enumerators(id));
            case FWD -> new BtfType.Forward(id, name(id), table.flag(id));
            case TYPEDEF -> new BtfType.Typedef(id, name(id), target);
            case VOLATILE -> new BtfType.Qualified(id, "volatile", target);
            case CONST -> new BtfType.Qualified(id, "const", target);
            case RESTRICT -> new BtfType.Qualified(id, "restrict", target);
            // A function's linkage stands where others have their count.
            case FUNC -> new BtfType.Function(id, name(id), target, table.length(id));
            case FUNC_PROTO -> prototype(id, target);
            case VAR -> new BtfType.Variable(id, name(id), target, table.fixedWord(id, 0));
            case DATASEC -> new BtfType.DataSection(id, name(id), size(id), placed(id));
            case FLOAT -> new BtfType.FloatingPoint(id, name(id), size(id));
            case DECL_TAG -> new BtfType.DeclarationTag(id, name(id), target, table.fixedWord(id, 0));
            case TYPE_TAG -> new BtfType.TypeTag(id, name(id), target);
        };
    }

    private String name(int id) {
        return table.name(table.nameOffset(id));
    }

    private long size(int id) {
        return Integer.toUnsignedLong(table.sizeOrType(id));
    }

    /// `encoding` (bits 24…27), `offset` (16…23) and `bits` (0…7) follow.
    private BtfType.Int integer(int id) {
        int word = table.fixedWord(id, 0);
        int encoding = word >>> 24;
        return new BtfType.Int(
                id,
                name(id),
                size(id),
                word & 0xff,
                word >>> 16 & 0xff,
                (encoding & INT_SIGNED) != 0,
                (encoding & INT_CHAR) != 0,
                (encoding & INT_BOOL) != 0);
    }

    private List<BtfType.Member> members(int id) {
        List<BtfType.Member> members = new ArrayList<>(table.length(id));
        for (int i = 0; i < table.length(id); i++) {
            members.add(new BtfType.Member(
                    table.name(memberName(id, i)), memberType(id, i), memberBitOffset(id, i), bitFieldSize(id, i)));
        }
        return List.copyOf(members);
    }

    int memberName(int id, int member) {
        return table.word(id, member, BtfKind.STRUCT.elementWords(), 0);
    }

    int memberType(int id, int member) {
        return table.word(id, member, BtfKind.STRUCT.elementWords(), 1);
    }

    /// With `kind_flag` bits 0…23 are the offset, 24…31 the bit-field's size. Without it (before Linux 5.0, and in any
    /// struct that has no bit-field), all bits are the offset, and a bit-field shows in its INT alone.
    long memberBitOffset(int id, int member) {
        int word = table.word(id, member, BtfKind.STRUCT.elementWords(), 2);
        if (table.flag(id)) {
            return word & 0xffffff;
        }
        long offset = Integer.toUnsignedLong(word);
        int type = memberType(id, member);
        return isNarrow(type) ? offset + (table.fixedWord(type, 0) >>> 16 & 0xff) : offset;
    }

    int bitFieldSize(int id, int member) {
        if (table.flag(id)) {
            return table.word(id, member, BtfKind.STRUCT.elementWords(), 2) >>> 24;
        }
        int type = memberType(id, member);
        return isNarrow(type) ? table.fixedWord(type, 0) & 0xff : 0;
    }

    /// Whether a type is an INT whose value has fewer bits than its bytes hold, as only bit-fields have.
    private boolean isNarrow(int type) {
        if (!table.is(type, BtfKind.INT)) {
            return false;
        }
        int word = table.fixedWord(type, 0);
        int bits = word & 0xff;
        boolean bool = (word >>> 24 & INT_BOOL) != 0;
        return !bool && bits != 0 && (bits != size(type) * Byte.SIZE || (word >>> 16 & 0xff) != 0);
    }

    private List<BtfType.Enumerator> enumerators(int id) {
        List<BtfType.Enumerator> values = new ArrayList<>(table.length(id));
        for (int i = 0; i < table.length(id); i++) {
            values.add(new BtfType.Enumerator(table.name(enumeratorName(id, i)), enumeratorValue(id, i)));
        }
        return List.copyOf(values);
    }

    int enumeratorName(int id, int index) {
        return table.word(id, index, elementWords(id), 0);
    }

    long enumeratorValue(int id, int index) {
        int low = table.word(id, index, elementWords(id), 1);
        if (table.is(id, BtfKind.ENUM64)) {
            return (long) table.word(id, index, elementWords(id), 2) << 32 | Integer.toUnsignedLong(low);
        }
        return table.tellsSigns() && !table.flag(id) ? Integer.toUnsignedLong(low) : low;
    }

    private int elementWords(int id) {
        return table.is(id, BtfKind.ENUM64) ? BtfKind.ENUM64.elementWords() : BtfKind.ENUM.elementWords();
    }

    /// A last parameter without name and type stands for `...`.
    private BtfType.Prototype prototype(int id, int result) {
        List<BtfType.Parameter> parameters = new ArrayList<>(table.length(id));
        for (int i = 0; i < table.length(id); i++) {
            parameters.add(new BtfType.Parameter(
                    table.name(table.word(id, i, BtfKind.FUNC_PROTO.elementWords(), 0)),
                    table.word(id, i, BtfKind.FUNC_PROTO.elementWords(), 1)));
        }
        boolean variadic = !parameters.isEmpty() && parameters.getLast().type() == 0;
        if (variadic) {
            parameters.removeLast();
        }
        return new BtfType.Prototype(id, result, List.copyOf(parameters), variadic);
    }

    private List<BtfType.Placed> placed(int id) {
        List<BtfType.Placed> all = new ArrayList<>(table.length(id));
        int words = BtfKind.DATASEC.elementWords();
        for (int i = 0; i < table.length(id); i++) {
            all.add(new BtfType.Placed(
                    table.word(id, i, words, 0),
                    Integer.toUnsignedLong(table.word(id, i, words, 1)),
                    Integer.toUnsignedLong(table.word(id, i, words, 2))));
        }
        return List.copyOf(all);
    }
}
