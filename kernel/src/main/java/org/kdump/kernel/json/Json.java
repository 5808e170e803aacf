package org.kdump.kernel.json;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// Writes JSON (RFC 8259), set in by two blanks.
///
/// Maps become objects in their order, lists arrays, numbers and booleans themselves; an empty optional is `null`;
/// everything else is a string of what it says of itself.
public final class Json {
    private final StringBuilder out = new StringBuilder();

    private Json() {}

    /// The JSON text of a value, without a last line end.
    public static String of(Object value) {
        Json json = new Json();
        json.value(value, 0);
        return json.out.toString();
    }

    /// An address as JSON has it here: a string, since numbers of 64 bits do not survive everywhere.
    public static String address(long address) {
        return "0x" + Long.toHexString(address);
    }

    private void value(Object value, int depth) {
        switch (value) {
            case null -> out.append("null");
            case Optional<?> optional -> value(optional.orElse(null), depth);
            case OptionalInt optional -> value(optional.isPresent() ? optional.getAsInt() : null, depth);
            case OptionalLong optional -> value(optional.isPresent() ? optional.getAsLong() : null, depth);
            // JSON has no such numbers.
            case Double number when !Double.isFinite(number) -> out.append("null");
            case Number number -> out.append(number);
            case Boolean bool -> out.append(bool);
            case Map<?, ?> map -> object(map, depth);
            case List<?> list -> array(list, depth);
            default -> string(value.toString());
        }
    }

    private void object(Map<?, ?> map, int depth) {
        char separator = '{';
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            line(separator, depth + 1);
            string(entry.getKey().toString());
            out.append(": ");
            value(entry.getValue(), depth + 1);
            separator = ',';
        }
        end(map.isEmpty(), "{", "}", depth);
    }

    private void array(List<?> list, int depth) {
        char separator = '[';
        for (Object element : list) {
            line(separator, depth + 1);
            value(element, depth + 1);
            separator = ',';
        }
        end(list.isEmpty(), "[", "]", depth);
    }

    private void line(char separator, int depth) {
        out.append(separator).append('\n').append("  ".repeat(depth));
    }

    private void end(boolean empty, String open, String close, int depth) {
        out.append(empty ? open : "\n" + "  ".repeat(depth)).append(close);
    }

    private void string(String text) {
        out.append('"');
        for (char c : text.toCharArray()) {
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                default -> out.append(isPlain(c) ? String.valueOf(c) : "\\u%04x".formatted((int) c));
            }
        }
        out.append('"');
    }

    /// Whether every reader takes it as it stands: JavaScript once ended a line at U+2028, and a terminal obeys
    /// controls.
    private static boolean isPlain(char c) {
        return !Character.isISOControl(c) && !Character.isSurrogate(c) && c != '\u2028' && c != '\u2029';
    }
}
