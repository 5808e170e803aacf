package org.kdump.debuginfo.btf;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// The types of a kernel or of a module, from its BTF (BPF Type Format, Documentation/bpf/btf.rst).
///
/// Opening costs one pass over the records; a type is made only when it is asked for. Types are known by their ids: 0
/// is
/// `void`, a module's own go on where the kernel's end. Safe for use by several threads.
///
/// What the file says is not believed: an id or name that is not there, a chain of typedefs that does not end, a size
/// that no memory has are told as [MalformedInputException].
public final class Btf {
    /// Typedefs and qualifiers behind each other, arrays of arrays; the kernel itself believes 32 (MAX_RESOLVE_DEPTH).
    private static final int LONGEST_CHAIN = 64;

    private final ByteOrder order;
    private final Btf base;
    private final TypeTable table;
    private final TypeReader reader;
    private volatile NameIndex names;
    private volatile int pointerSize;

    private Btf(String file, MemorySegment blob, Btf base) {
        BtfHeader header = BtfHeader.read(file, blob);
        this.order = header.order();
        this.base = base;
        this.table = new TypeTable(file, header, base == null ? null : base.table);
        this.reader = new TypeReader(table);
    }

    /// Reads BTF that stands alone, as the kernel's does.
    ///
    /// @param file what errors call it
    /// @param blob all of it; may be let go afterwards
    /// @throws MalformedInputException if it is no BTF, or its records do not fit in it
    public static Btf read(String file, MemorySegment blob) {
        return new Btf(file, blob, null);
    }

    /// Reads split BTF, as a module's is: only what `base` does not have.
    ///
    /// @param file what errors call it
    /// @param blob all of it; may be let go afterwards
    /// @throws MalformedInputException if it is no BTF, or its records do not fit in it
    public static Btf split(String file, MemorySegment blob, Btf base) {
        return new Btf(file, blob, base);
    }

    /// The byte order of the machine that it is of.
    public ByteOrder order() {
        return order;
    }

    /// The first id of its own, 1 unless it is split.
    public int firstId() {
        return table.firstId();
    }

    /// The first id behind the last.
    public int endId() {
        return table.end();
    }

    /// A type.
    ///
    /// @throws MalformedInputException if there is none of that id, or its record makes no sense
    public BtfType type(int id) {
        return reader.read(id);
    }

    /// A type's name as it stands, without `struct`; empty if it has none.
    ///
    /// @throws MalformedInputException if there is none of that id
    public String name(int id) {
        return table.name(table.nameOffset(id));
    }

    /// Whether a type is of that kind.
    ///
    /// @throws MalformedInputException if there is none of that id
    public boolean is(int id, BtfKind kind) {
        return table.is(id, kind);
    }

    /// The type of that kind and name; in split BTF first its own, then the base's. Structs, unions, enums, typedefs,
    /// forward declarations, integers and floating point numbers are found by a hash, all others by a scan.
    public OptionalInt find(BtfKind kind, String name) {
        int id = find(kind, name.getBytes(StandardCharsets.ISO_8859_1));
        return id == 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }

    private int find(BtfKind kind, byte[] name) {
        int id = switch (kind) {
            case FUNC, VAR, DATASEC, DECL_TAG, TYPE_TAG -> scan(kind, name);
            case VOID, INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT ->
                names().find(kind, name);
            case FUNC_PROTO, FLOAT, ENUM64 -> names().find(kind, name);
        };
        return id != 0 || base == null ? id : base.find(kind, name);
    }

    private int scan(BtfKind kind, byte[] name) {
        for (int id = table.firstId(); id < table.end(); id++) {
            if (table.is(id, kind) && table.nameIs(table.nameOffset(id), name)) {
                return id;
            }
        }
        return 0;
    }

    private NameIndex names() {
        NameIndex index = names;
        if (index == null) {
            index = new NameIndex(table);
            names = index;
        }
        return index;
    }

    /// The type that C calls so: `struct list_head`, `union x`, `enum pid_type`, `pid_t`, `unsigned long`. A name alone
    /// is a typedef's or an integer's, else a struct's, a union's, an enum's.
    public OptionalInt find(String name) {
        String text = name.strip();
        int blank = text.indexOf(' ');
        String rest = blank < 0 ? "" : text.substring(blank).strip();
        return switch (blank < 0 ? "" : text.substring(0, blank)) {
            case "struct" -> find(BtfKind.STRUCT, rest);
            case "union" -> find(BtfKind.UNION, rest);
            case "enum" -> first(rest, BtfKind.ENUM, BtfKind.ENUM64);
            default ->
                first(
                        find(BtfKind.INT, text).isPresent() ? text : IntegerName.written(text),
                        BtfKind.TYPEDEF,
                        BtfKind.INT,
                        BtfKind.FLOAT,
                        BtfKind.STRUCT,
                        BtfKind.UNION,
                        BtfKind.ENUM,
                        BtfKind.ENUM64);
        };
    }

    private OptionalInt first(String name, BtfKind... kinds) {
        for (BtfKind kind : kinds) {
            OptionalInt found = find(kind, name);
            if (found.isPresent()) {
                return found;
            }
        }
        return OptionalInt.empty();
    }

    /// The type behind typedefs, qualifiers and type tags.
    ///
    /// @throws MalformedInputException if there is none of that id, or they do not end
    public int resolve(int id) {
        int type = id;
        for (int i = 0; i < LONGEST_CHAIN; i++) {
            if (!isAlias(type)) {
                return type;
            }
            type = table.sizeOrType(type);
        }
        throw table.malformed(
                id, "more than " + LONGEST_CHAIN + " typedefs and qualifiers follow, perhaps in a circle");
    }

    /// The type behind qualifiers and type tags alone: a typedef stays one.
    int unqualified(int id) {
        int type = id;
        for (int i = 0; i < LONGEST_CHAIN && isAlias(type) && !table.is(type, BtfKind.TYPEDEF); i++) {
            type = table.sizeOrType(type);
        }
        return type;
    }

    private boolean isAlias(int id) {
        int kind = table.kindNumber(id);
        return kind == BtfKind.TYPEDEF.ordinal()
                || kind == BtfKind.CONST.ordinal()
                || kind == BtfKind.VOLATILE.ordinal()
                || kind == BtfKind.RESTRICT.ordinal()
                || kind == BtfKind.TYPE_TAG.ordinal();
    }

    /// Bytes of a type; empty for what has no size: `void`, a function, a struct of which only the name is known.
    ///
    /// @throws MalformedInputException if there is none of that id, or its size cannot be
    public OptionalLong size(int id) {
        int type = resolve(id);
        long elements = 1;
        for (int depth = 0; table.is(type, BtfKind.ARRAY); depth++) {
            if (depth == LONGEST_CHAIN) {
                throw table.malformed(id, "is an array of arrays without end");
            }
            elements = product(type, elements, Integer.toUnsignedLong(table.fixedWord(type, 2)));
            type = resolve(table.fixedWord(type, 0));
        }
        OptionalLong size = ofOne(type);
        return size.isPresent() ? OptionalLong.of(product(type, size.getAsLong(), elements)) : size;
    }

    private OptionalLong ofOne(int type) {
        return switch (BtfKind.of(table.kindNumber(type)).orElse(BtfKind.VOID)) {
            case INT, STRUCT, UNION, ENUM, ENUM64, FLOAT, DATASEC ->
                OptionalLong.of(Integer.toUnsignedLong(table.sizeOrType(type)));
            case PTR -> OptionalLong.of(pointerSize());
            case VAR -> variable(type);
            case VOID, FWD, FUNC, FUNC_PROTO, DECL_TAG -> OptionalLong.empty();
            case ARRAY, TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG -> OptionalLong.empty();
        };
    }

    private OptionalLong variable(int id) {
        int type = resolve(table.sizeOrType(id));
        if (table.is(type, BtfKind.VAR)) {
            throw table.malformed(id, "is a variable of a variable");
        }
        return size(type);
    }

    /// A product of sizes.
    ///
    /// @throws MalformedInputException if it is more bytes than an address can tell
    long product(int id, long size, long count) {
        if (Math.multiplyHigh(size, count) != 0 || size * count < 0) {
            throw table.malformed(id, "is larger than any memory");
        }
        return size * count;
    }

    /// Bytes of a pointer. BTF does not tell; it is as long as a `long`, on all of Linux. 8 if there is no `long`.
    public int pointerSize() {
        if (pointerSize == 0) {
            OptionalInt word = OptionalInt.empty();
            for (String name : new String[] {"long unsigned int", "unsigned long", "long int", "long"}) {
                word = word.isPresent() ? word : find(BtfKind.INT, name);
            }
            pointerSize = word.isPresent() && table.sizeOrType(word.getAsInt()) == 4 ? 4 : 8;
        }
        return pointerSize;
    }

    /// Where a member is, through anonymous structs and unions.
    ///
    /// @param type a struct or union, or a typedef of one
    /// @param path names and indices: `a.b[3].c`. An array without a length (a flexible one) has each index
    /// @return empty if there is no such member
    /// @throws IllegalArgumentException if it is no path
    /// @throws MalformedInputException if the types on the way make no sense
    public Optional<MemberLocation> member(int type, String path) {
        return new MemberSearch(this, reader).find(type, path);
    }

    /// The value of an enumerator, whatever its enum; in split BTF first of its own.
    public OptionalLong enumerator(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        for (int id = table.firstId(); id < table.end(); id++) {
            OptionalLong value = table.isEnumeration(id) ? enumerator(id, bytes) : OptionalLong.empty();
            if (value.isPresent()) {
                return value;
            }
        }
        return base == null ? OptionalLong.empty() : base.enumerator(name);
    }

    private OptionalLong enumerator(int id, byte[] name) {
        for (int i = 0; i < table.length(id); i++) {
            if (table.nameIs(reader.enumeratorName(id, i), name)) {
                return OptionalLong.of(reader.enumeratorValue(id, i));
            }
        }
        return OptionalLong.empty();
    }

    /// The name of the value of an enum; empty if the enum has no such value.
    ///
    /// @param type an enum, or a typedef of one
    public Optional<String> enumeratorName(int type, long value) {
        int id = resolve(type);
        for (int i = 0; table.isEnumeration(id) && i < table.length(id); i++) {
            if (reader.enumeratorValue(id, i) == value) {
                return Optional.of(table.name(reader.enumeratorName(id, i)));
            }
        }
        return Optional.empty();
    }

    TypeTable table() {
        return table;
    }
}
