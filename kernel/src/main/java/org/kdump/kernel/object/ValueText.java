package org.kdump.kernel.object;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/// Values as gdb and crash print them: a member a line, equal elements counted.
public final class ValueText {
    /// gdb's `print repeats`: so many equal elements, or more, are written once.
    private static final int REPEATS = 10;

    private static final String INDENT = "  ";

    private final boolean hexadecimal;
    private final LongFunction<String> symbols;

    private ValueText(boolean hexadecimal, LongFunction<String> symbols) {
        this.hexadecimal = hexadecimal;
        this.symbols = symbols;
    }

    /// A value; the lines behind the first are set in by `level` times two blanks.
    ///
    /// @param hexadecimal whether integers are written so
    /// @param symbols the symbol at an address, `init_task+2192`; an empty string for none
    public static String of(Value value, boolean hexadecimal, int level, LongFunction<String> symbols) {
        return new ValueText(hexadecimal, symbols).text(value, level);
    }

    private String text(Value value, int level) {
        return switch (value) {
            case Value.Number number -> number(number);
            case Value.Truth truth -> Boolean.toString(truth.value());
            case Value.Named named -> named.name().orElse(Long.toString(named.value()));
            case Value.Pointer pointer -> pointer(pointer);
            case Value.Text text -> characters(text.characters());
            case Value.Elements elements -> elements(elements, level);
            case Value.Fields fields -> fields(fields.fields(), level);
            case Value.Absent absent -> "<" + absent.reason() + ">";
        };
    }

    private String number(Value.Number number) {
        if (hexadecimal) {
            int unused = Long.SIZE - Math.min(Long.BYTES, number.bytes()) * Byte.SIZE;
            return "0x" + Long.toHexString(number.value() << unused >>> unused);
        }
        String digits = number.signed() ? Long.toString(number.value()) : Long.toUnsignedString(number.value());
        return number.bytes() == 1 ? digits + " '" + escaped((char) (number.value() & 0xff), '\'') + "'" : digits;
    }

    private String pointer(Value.Pointer pointer) {
        String symbol = pointer.address() == 0 ? "" : symbols.apply(pointer.address());
        String named = symbol.isEmpty() ? "" : " <" + symbol + ">";
        String text = pointer.text().map(found -> " \"" + run(found) + "\"").orElse("");
        return "0x" + Long.toHexString(pointer.address()) + named + text;
    }

    private static String run(String characters) {
        StringBuilder text = new StringBuilder();
        characters.chars().forEach(c -> text.append(escaped((char) c, '"')));
        return text.toString();
    }

    /// Runs in quotes, long repetitions counted; the NUL that ends an array is not shown.
    private static String characters(String all) {
        String shown = all.endsWith("\0") && all.length() > 1 ? all.substring(0, all.length() - 1) : all;
        List<String> parts = new ArrayList<>();
        int begin = 0;
        for (int i = 0; i < shown.length(); ) {
            int end = i;
            while (end < shown.length() && shown.charAt(end) == shown.charAt(i)) {
                end++;
            }
            if (end - i >= REPEATS) {
                quote(parts, shown.substring(begin, i));
                parts.add("'" + escaped(shown.charAt(i), '\'') + "' <repeats " + (end - i) + " times>");
                begin = end;
            }
            i = end;
        }
        quote(parts, shown.substring(begin));
        return parts.isEmpty() ? "\"\"" : String.join(", ", parts);
    }

    private static void quote(List<String> parts, String characters) {
        if (!characters.isEmpty()) {
            parts.add("\"" + run(characters) + "\"");
        }
    }

    private static String escaped(char c, char quote) {
        return switch (c) {
            case '\n' -> "\\n";
            case '\t' -> "\\t";
            case '\r' -> "\\r";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            case 7 -> "\\a";
            case 11 -> "\\v";
            case '\\' -> "\\\\";
            default -> c == quote ? "\\" + c : c < ' ' || c > '~' ? "\\%03o".formatted((int) c) : String.valueOf(c);
        };
    }

    private String elements(Value.Elements array, int level) {
        List<String> parts = new ArrayList<>();
        List<Value> elements = array.elements();
        for (int i = 0; i < elements.size(); ) {
            int end = i;
            while (end < elements.size() && elements.get(end).equals(elements.get(i))) {
                end++;
            }
            String text = text(elements.get(i), level + 1);
            if (end - i >= REPEATS) {
                parts.add(text + " <repeats " + (end - i) + " times>");
            } else {
                for (int same = i; same < end; same++) {
                    parts.add(text);
                }
            }
            i = end;
        }
        return "{" + String.join(", ", parts) + (elements.size() < array.count() ? "..." : "") + "}";
    }

    private String fields(List<Value.Field> fields, int level) {
        if (fields.isEmpty()) {
            return "{<No data fields>}";
        }
        List<String> lines = new ArrayList<>();
        for (Value.Field field : fields) {
            String name = field.name().isEmpty() ? "" : field.name() + " = ";
            lines.add(INDENT.repeat(level + 1) + name + text(field.value(), level + 1));
        }
        return "{\n" + String.join(",\n", lines) + "\n" + INDENT.repeat(level) + "}";
    }
}
