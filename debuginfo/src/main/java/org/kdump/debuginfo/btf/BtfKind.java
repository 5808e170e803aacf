package org.kdump.debuginfo.btf;

import java.util.Optional;

/// The kinds of BTF types, in the order of their numbers (include/uapi/linux/btf.h).
///
/// What follows a type's three words is fixed for the kind (an INT's encoding) or counted by `vlen` (a STRUCT's
/// members).
public enum BtfKind {
    /// Number 0: no kind; type 0, `void`, has no record.
    VOID(0, 0),
    /// An integer, with its encoding.
    INT(1, 0),
    /// A pointer.
    PTR(0, 0),
    /// An array, with its element's type, its index's type and its length.
    ARRAY(3, 0),
    /// A struct, with its members.
    STRUCT(0, 3),
    /// A union, with its members.
    UNION(0, 3),
    /// An enum of at most 32 bits, with its values.
    ENUM(0, 2),
    /// A struct or union of which only the name is known.
    FWD(0, 0),
    /// A typedef.
    TYPEDEF(0, 0),
    /// `volatile`.
    VOLATILE(0, 0),
    /// `const`.
    CONST(0, 0),
    /// `restrict`.
    RESTRICT(0, 0),
    /// A function.
    FUNC(0, 0),
    /// A function's type, with its parameters.
    FUNC_PROTO(0, 2),
    /// A variable, with its linkage (since Linux 5.2).
    VAR(1, 0),
    /// A section, with the variables in it (since Linux 5.2).
    DATASEC(0, 3),
    /// A floating point number (since Linux 5.13).
    FLOAT(0, 0),
    /// A tag on a declaration, with what it is on (since Linux 5.16).
    DECL_TAG(1, 0),
    /// A tag on a type (since Linux 5.17).
    TYPE_TAG(0, 0),
    /// An enum of 64 bits, with its values (since Linux 6.0).
    ENUM64(0, 3);

    private static final BtfKind[] ALL = values();

    private final int fixedWords;
    private final int elementWords;

    BtfKind(int fixedWords, int elementWords) {
        this.fixedWords = fixedWords;
        this.elementWords = elementWords;
    }

    /// The kind of that number; empty if it is newer than this program.
    static Optional<BtfKind> of(int number) {
        return number < ALL.length ? Optional.of(ALL[number]) : Optional.empty();
    }

    /// How many kinds there are, [#VOID] included.
    static int count() {
        return ALL.length;
    }

    /// 32-bit words that follow each type of this kind.
    int fixedWords() {
        return fixedWords;
    }

    /// 32-bit words that follow for each of its `vlen` elements.
    int elementWords() {
        return elementWords;
    }
}
