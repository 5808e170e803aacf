package org.kdump.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Rows of named values as a table for people; as JSON they are what they are.
///
/// A column's head is its name in capitals. Numbers stand at the right, addresses are without `0x`, a list's
/// values have
/// commas between them, and what is null is blank.
final class Table {
    private Table() {}

    static void print(List<Map<String, Object>> rows, PrintWriter out) {
        if (rows.isEmpty()) {
            return;
        }
        List<String> names = List.copyOf(rows.getFirst().keySet());
        Map<String, Integer> widths = new LinkedHashMap<>();
        names.forEach(name -> widths.put(name, name.length()));
        for (Map<String, Object> row : rows) {
            names.forEach(name -> widths.merge(name, text(row.get(name)).length(), Math::max));
        }
        Map<String, Object> heads = new LinkedHashMap<>();
        names.forEach(name -> heads.put(name, name.toUpperCase(Locale.ROOT).replace('_', ' ')));
        out.println(line(heads, names, widths, rows.getFirst()));
        rows.forEach(row -> out.println(line(row, names, widths, row)));
    }

    private static String line(
            Map<String, Object> row, List<String> names, Map<String, Integer> widths, Map<String, Object> kinds) {
        List<String> cells = new ArrayList<>();
        for (String name : names) {
            String sign = kinds.get(name) instanceof Number ? "" : "-";
            cells.add(("%" + sign + Math.max(1, widths.get(name)) + "s").formatted(text(row.get(name))));
        }
        return String.join("  ", cells).stripTrailing();
    }

    private static String text(Object value) {
        return switch (value) {
            case null -> "";
            case List<?> list -> String.join(",", list.stream().map(Table::text).toList());
            case String text when text.matches("0x[0-9a-f]+") -> text.substring(2);
            default -> value.toString();
        };
    }
}
