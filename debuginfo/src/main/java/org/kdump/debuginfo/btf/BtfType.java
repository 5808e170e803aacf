package org.kdump.debuginfo.btf;

import java.util.List;

/// One type of a BTF, made when it is asked for (Documentation/bpf/btf.rst).
///
/// Other types are named by their ids; 0 is `void`. Ids come from the file as they stand: [Btf#type] checks them.
public sealed interface BtfType {
    /// The type's number.
    int id();

    /// `void`.
    record Void() implements BtfType {
        @Override
        public int id() {
            return 0;
        }
    }

    /// An integer.
    ///
    /// @param size bytes
    /// @param bits value bits, fewer than `8 * size` in bit-fields of old encoders
    /// @param bitOffset where the value bits begin
    /// @param signed whether it has a sign
    /// @param character whether it is a `char`
    /// @param bool whether it is a `_Bool`
    record Int(int id, String name, long size, int bits, int bitOffset, boolean signed, boolean character, boolean bool)
            implements BtfType {}

    /// A pointer.
    ///
    /// @param target what it points to
    record Pointer(int id, int target) implements BtfType {}

    /// An array.
    ///
    /// @param count elements, 0 for a flexible array
    record Array(int id, int element, int index, long count) implements BtfType {}

    /// A struct or union.
    ///
    /// @param name empty if anonymous
    /// @param size bytes
    record Structure(int id, String name, boolean union, long size, List<Member> members) implements BtfType {}

    /// A member of a struct or union.
    ///
    /// @param name empty for an anonymous struct or union
    /// @param bitOffset from the start of the struct
    /// @param bitFieldSize bits, or 0 if it is no bit-field
    record Member(String name, int type, long bitOffset, int bitFieldSize) {}

    /// An enum, of up to 64 bits.
    ///
    /// @param size bytes
    record Enumeration(int id, String name, long size, boolean signed, List<Enumerator> values) implements BtfType {}

    /// A name and value of an enum.
    ///
    /// @param value one that does not fit a signed long comes out negative
    record Enumerator(String name, long value) {}

    /// A struct or union of which only the name is known.
    record Forward(int id, String name, boolean union) implements BtfType {}

    /// A typedef.
    record Typedef(int id, String name, int target) implements BtfType {}

    /// A `const`, `volatile` or `restrict` type.
    ///
    /// @param word the word itself
    record Qualified(int id, String word, int target) implements BtfType {}

    /// A function.
    ///
    /// @param prototype its [Prototype]
    /// @param linkage 0 static, 1 global, 2 extern
    record Function(int id, String name, int prototype, int linkage) implements BtfType {}

    /// A function's type.
    ///
    /// @param result what it returns
    /// @param variadic whether `...` follows the parameters
    record Prototype(int id, int result, List<Parameter> parameters, boolean variadic) implements BtfType {}

    /// A parameter of a function.
    ///
    /// @param name empty in a pointer's type
    record Parameter(String name, int type) {}

    /// A variable.
    ///
    /// @param linkage 0 static, 1 global, 2 extern
    record Variable(int id, String name, int type, int linkage) implements BtfType {}

    /// A section with variables, of the kernel `.data..percpu`.
    record DataSection(int id, String name, long size, List<Placed> variables) implements BtfType {}

    /// A variable's place in its section.
    ///
    /// @param variable its [Variable]
    /// @param offset bytes from the section's start
    /// @param size bytes
    record Placed(int variable, long offset, long size) {}

    /// A floating point number.
    ///
    /// @param size bytes
    record FloatingPoint(int id, String name, long size) implements BtfType {}

    /// A tag on a declaration.
    ///
    /// @param component index of the member or parameter that is tagged, -1 for the whole
    record DeclarationTag(int id, String name, int target, int component) implements BtfType {}

    /// A tag on a type, `__user` for one.
    record TypeTag(int id, String name, int target) implements BtfType {}

    /// A type of a kind that is newer than this program; what it is cannot be told, but the others can.
    ///
    /// @param kind the kind's number
    record Unknown(int id, String name, int kind) implements BtfType {}
}
