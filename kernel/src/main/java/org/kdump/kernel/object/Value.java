package org.kdump.kernel.object;

import java.util.List;
import java.util.Optional;

/// What is in the crashed kernel's memory, read by its type.
public sealed interface Value {
    /// Whether all of it could be read.
    default boolean isWhole() {
        return switch (this) {
            case Absent _ -> false;
            case Fields fields ->
                fields.fields().stream().allMatch(field -> field.value().isWhole());
            case Elements elements -> elements.elements().stream().allMatch(Value::isWhole);
            case Number _, Truth _, Named _, Pointer _, Text _ -> true;
        };
    }

    /// An integer.
    ///
    /// @param value extended by its sign if it has one
    /// @param bytes its size
    record Number(long value, boolean signed, int bytes) implements Value {}

    /// A `_Bool`.
    record Truth(boolean value) implements Value {}

    /// An enum's value.
    ///
    /// @param name empty if the enum has none for it
    record Named(long value, Optional<String> name) implements Value {}

    /// A pointer; also a flexible array, whose length is not known, as the address where it begins.
    ///
    /// @param text what a `char *` points to; empty for another, and where it cannot be read
    record Pointer(long address, Optional<String> text) implements Value {}

    /// An array of `char`, whole, in ISO 8859-1.
    record Text(String characters) implements Value {}

    /// An array.
    ///
    /// @param elements the first ones
    /// @param count how many there are
    record Elements(List<Value> elements, long count) implements Value {}

    /// A struct or union.
    record Fields(List<Field> fields) implements Value {}

    /// A member.
    ///
    /// @param name empty for an anonymous struct or union
    record Field(String name, Value value) {}

    /// What cannot be read.
    ///
    /// @param reason a sentence
    record Absent(String reason) implements Value {}
}
