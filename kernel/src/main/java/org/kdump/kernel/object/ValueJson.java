package org.kdump.kernel.object;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Values as JSON has them: a struct is an object, with the members of anonymous ones among its own.
///
/// Pointers are strings in hexadecimal. So that no digit is lost on the way, an integer beyond 2^53 is a string of its
/// decimal digits. What cannot be read is `null`.
public final class ValueJson {
    private static final long LARGEST = 1L << 53;

    private ValueJson() {}

    /// Maps, lists, strings, numbers and booleans; an empty [Optional] for `null`.
    public static Object of(Value value) {
        return switch (value) {
            case Value.Number number -> number(number.value(), number.signed());
            case Value.Truth truth -> truth.value();
            case Value.Named named -> named.name().isPresent() ? named.name().get() : number(named.value(), true);
            case Value.Pointer pointer -> "0x" + Long.toHexString(pointer.address());
            case Value.Text text -> text.characters().split("\0", 2)[0];
            case Value.Elements elements ->
                elements.elements().stream().map(ValueJson::of).toList();
            case Value.Fields fields -> fields(new LinkedHashMap<>(), fields.fields());
            case Value.Absent _ -> Optional.empty();
        };
    }

    private static Object number(long value, boolean signed) {
        boolean small = value < LARGEST && value > (signed ? -LARGEST : -1);
        return small ? (Object) value : signed ? Long.toString(value) : Long.toUnsignedString(value);
    }

    private static Map<String, Object> fields(Map<String, Object> into, List<Value.Field> fields) {
        for (Value.Field field : fields) {
            if (field.name().isEmpty() && field.value() instanceof Value.Fields inner) {
                fields(into, inner.fields());
            } else {
                into.put(field.name(), of(field.value()));
            }
        }
        return into;
    }
}
