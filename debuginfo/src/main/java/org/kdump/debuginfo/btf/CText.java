package org.kdump.debuginfo.btf;

import java.util.List;
import java.util.SequencedMap;

/// Types as C writes them, laid out as gdb's `ptype`, crash's `struct` and pahole do.
///
/// Anonymous structs, unions and enums are written out where they stand, named ones by their name.
public final class CText {
    private static final String INDENT = "    ";
    /// Pointers to functions that take pointers to functions, structs in structs; the kernel has some ten.
    private static final int DEEPEST = 40;
    /// Types written for one text, so that types that hold each other many times over come to an end.
    private static final int MOST = 1 << 18;

    private final Btf btf;
    private final Margin margin;
    private final int width;
    private int written;

    private CText(Btf btf, Margin margin, int width) {
        this.btf = btf;
        this.margin = margin;
        this.width = width;
    }

    /// What stands before each member's line.
    public sealed interface Margin {
        /// Nothing.
        record None() implements Margin {}

        /// The member's offset in bytes: `  [16] char comm[16];`
        record Offsets() implements Margin {}

        /// The member's address in hexadecimal.
        ///
        /// @param base the struct's
        record Addresses(long base) implements Margin {}
    }

    private static CText plain(Btf btf) {
        return new CText(btf, new Margin.None(), 0);
    }

    /// Wide enough for two blanks, the brackets, and as many digits as the size has, as crash does it.
    private static CText with(Margin margin, Btf btf, int type) {
        int width = switch (margin) {
            case Margin.None _ -> 0;
            case Margin.Offsets _ -> 4 + Long.toString(btf.size(type).orElse(0)).length();
            case Margin.Addresses _ -> 4 + 2 * btf.pointerSize();
        };
        return new CText(btf, margin, width);
    }

    private String label(long bitOffset) {
        return switch (margin) {
            case Margin.None _ -> "";
            case Margin.Offsets _ -> "[" + bitOffset / Byte.SIZE + "]";
            case Margin.Addresses addresses -> "[" + Long.toHexString(addresses.base() + bitOffset / Byte.SIZE) + "]";
        };
    }

    /// A type's name: `struct list_head *`, `int (*)(void)`, `char [16]`.
    ///
    /// @throws MalformedInputException if the types that it is made of make no sense
    public static String name(Btf btf, int type) {
        return plain(btf).declare(type, "", 0, 0).strip();
    }

    /// The declaration of something of that type: `char comm[16]`.
    ///
    /// @throws MalformedInputException if the types that it is made of make no sense
    public static String declaration(Btf btf, int type, String name) {
        return plain(btf).declare(type, name, 0, 0).strip();
    }

    /// A struct, union or enum with all that is in it; any other type by its name.
    ///
    /// @param margin what stands before each member
    /// @throws MalformedInputException if the types that it is made of make no sense
    public static String definition(Btf btf, int type, Margin margin) {
        CText text = with(margin, btf, type);
        return switch (btf.type(type)) {
            case BtfType.Structure structure -> text.body(structure, 0, 0, 0);
            case BtfType.Enumeration enumeration -> text.enumeration(enumeration, true);
            case BtfType.Function function -> declaration(btf, function.prototype(), function.name());
            case BtfType.Variable variable -> declaration(btf, variable.type(), variable.name());
            case BtfType other -> name(btf, other.id());
        };
    }

    /// A struct's head and end with some members alone between, as crash writes `struct task_struct.comm,pid`.
    ///
    /// @param members by their paths
    /// @throws MalformedInputException if the types that it is made of make no sense
    public static String definition(Btf btf, int type, SequencedMap<String, MemberLocation> members, Margin margin) {
        CText text = with(margin, btf, type);
        StringBuilder all = new StringBuilder(name(btf, btf.resolve(type))).append(" {\n");
        members.forEach((path, place) -> {
            String name = path.substring(path.lastIndexOf('.') + 1);
            all.append(text.line(name, place.type(), place.bitOffset(), place.bitFieldSize(), 1, 0))
                    .append('\n');
        });
        return all.append('}').toString();
    }

    /// `int (*name)(void)`: what C writes is read from the name outwards.
    private String declare(int type, String name, int level, long from) {
        long bitOffset = from;
        String prefix = "";
        String declarator = name;
        int id = type;
        boolean pointer = false;
        for (int depth = 0; ; depth++) {
            if (depth > DEEPEST || ++written > MOST) {
                throw btf.table().malformed(id, "the types in it are more, or deeper, than can be written");
            }
            switch (btf.type(id)) {
                case BtfType.Pointer to -> {
                    declarator = "*" + declarator;
                    pointer = true;
                    // What is pointed to begins anew.
                    bitOffset = 0;
                    id = to.target();
                    continue;
                }
                case BtfType.Array array -> {
                    String count = array.count() == 0 ? "" : Long.toString(array.count());
                    declarator = wrapped(declarator, pointer) + "[" + count + "]";
                    pointer = false;
                    id = array.element();
                    continue;
                }
                case BtfType.Prototype prototype -> {
                    declarator = wrapped(declarator, pointer) + parameters(prototype, level);
                    pointer = false;
                    id = prototype.result();
                    continue;
                }
                case BtfType.Qualified qualified -> {
                    if (!btf.is(btf.unqualified(id), BtfKind.PTR)) {
                        prefix += qualified.word() + " ";
                    } else {
                        declarator = " " + qualified.word() + " " + declarator;
                    }
                    id = qualified.target();
                    continue;
                }
                case BtfType.TypeTag tag -> {
                    id = tag.target();
                    continue;
                }
                case BtfType other -> {
                    return joined(prefix + specifier(other, level, bitOffset), declarator);
                }
            }
        }
    }

    private static String wrapped(String declarator, boolean pointer) {
        return pointer ? "(" + declarator.strip() + ")" : declarator;
    }

    private static String joined(String specifier, String declarator) {
        String text = declarator.strip();
        return text.isEmpty() ? specifier : specifier + " " + text;
    }

    private String parameters(BtfType.Prototype prototype, int level) {
        if (level > DEEPEST) {
            throw btf.table().malformed(prototype.id(), "the types in it are deeper than can be written");
        }
        StringBuilder text = new StringBuilder();
        for (BtfType.Parameter parameter : prototype.parameters()) {
            text.append(text.isEmpty() ? "" : ", ").append(declare(parameter.type(), "", level + 1, 0));
        }
        String more = prototype.variadic() ? text.isEmpty() ? "..." : ", ..." : text.isEmpty() ? "void" : "";
        return "(" + text + more + ")";
    }

    private String specifier(BtfType type, int level, long bitOffset) {
        return switch (type) {
            case BtfType.Void _ -> "void";
            case BtfType.Int integer -> IntegerName.spoken(integer.name());
            case BtfType.Structure structure
            when structure.name().isEmpty() -> body(structure, level, bitOffset, level);
            case BtfType.Structure structure -> (structure.union() ? "union " : "struct ") + structure.name();
            case BtfType.Enumeration enumeration ->
                enumeration(enumeration, enumeration.name().isEmpty());
            case BtfType.Forward forward -> (forward.union() ? "union " : "struct ") + forward.name();
            case BtfType.Typedef typedef -> typedef.name();
            case BtfType.FloatingPoint number -> number.name();
            case BtfType.Function function -> function.name();
            case BtfType.Variable variable -> variable.name();
            case BtfType.DataSection section -> section.name();
            case BtfType.DeclarationTag tag -> tag.name();
            case BtfType.Unknown unknown -> "<kind " + unknown.kind() + ">";
            case BtfType.Pointer _, BtfType.Array _, BtfType.Prototype _, BtfType.Qualified _, BtfType.TypeTag _ ->
                throw new AssertionError("these declare, they do not specify");
        };
    }

    private String body(BtfType.Structure structure, int level, long bitOffset, int depth) {
        if (depth > DEEPEST) {
            throw btf.table().malformed(structure.id(), "is deeper than can be written");
        }
        String word = structure.union() ? "union" : "struct";
        StringBuilder text = new StringBuilder(structure.name().isEmpty() ? word : word + " " + structure.name());
        text.append(" {\n");
        for (BtfType.Member member : structure.members()) {
            text.append(line(
                            member.name(),
                            member.type(),
                            bitOffset + member.bitOffset(),
                            member.bitFieldSize(),
                            level + 1,
                            depth + 1))
                    .append('\n');
        }
        return text.append(indent(level, "")).append('}').toString();
    }

    private String line(String name, int type, long bitOffset, int bitFieldSize, int level, int depth) {
        String bits = bitFieldSize == 0 ? "" : " : " + bitFieldSize;
        String declaration = declare(type, name, level, bitOffset);
        int end = declaration.lastIndexOf('\n');
        if (end < 0) {
            return indent(level, label(bitOffset)) + declaration + bits + ";";
        }
        // A struct written out has the offsets of its members, and its own where its name is.
        String last = declaration.substring(end + 1).strip();
        return indent(level, "")
                + declaration.substring(0, end + 1)
                + indent(level, name.isEmpty() ? "" : label(bitOffset))
                + last
                + bits
                + ";";
    }

    private String indent(int level, String offset) {
        if (width == 0 || level == 0) {
            return INDENT.repeat(level);
        }
        return " ".repeat(Math.max(0, width - offset.length())) + offset + " " + INDENT.repeat(level - 1);
    }

    private String enumeration(BtfType.Enumeration enumeration, boolean whole) {
        String head = enumeration.name().isEmpty() ? "enum" : "enum " + enumeration.name();
        return whole ? head + " {" + values(enumeration.values()) + "}" : head;
    }

    /// As gdb does: a value is written where it is not the one before plus one.
    private String values(List<BtfType.Enumerator> values) {
        StringBuilder text = new StringBuilder();
        long next = 0;
        for (BtfType.Enumerator value : values) {
            if (++written > MOST) {
                throw btf.table().malformed("vlen", "an enum has more values than can be written");
            }
            text.append(text.isEmpty() ? "" : ", ").append(value.name());
            if (value.value() != next) {
                text.append(" = ").append(value.value());
            }
            next = value.value() + 1;
        }
        return text.toString();
    }
}
