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

    /// A row.
    ///
    /// @param namesAndValues a name, its value, and so on
    static Map<String, Object> row(Object... namesAndValues) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            row.put(namesAndValues[i].toString(), namesAndValues[i + 1]);
        }
        return row;
    }

    /// Rows that have other names than those before them are another table.
    static void print(List<Map<String, Object>> rows, PrintWriter out) {
        for (int i = 0; i < rows.size(); ) {
            int end = i + 1;
            while (end < rows.size()
                    && rows.get(end).keySet().equals(rows.get(i).keySet())) {
                end++;
            }
            out.print(i == 0 ? "" : System.lineSeparator());
            printAlike(rows.subList(i, end), out);
            i = end;
        }
    }

    private static void printAlike(List<Map<String, Object>> rows, PrintWriter out) {
        Map<String, Integer> widths = new LinkedHashMap<>();
        rows.getFirst().keySet().forEach(name -> widths.put(name, name.length()));
        for (Map<String, Object> row : rows) {
            widths.replaceAll(
                    (name, width) -> Math.max(width, text(row.get(name)).length()));
        }
        out.println(head(rows.getFirst(), widths));
        rows.forEach(row -> out.println(line(row, widths)));
    }

    /// How wide columns are of which only the first row is known.
    static Map<String, Integer> widths(Map<String, Object> first) {
        Map<String, Integer> widths = new LinkedHashMap<>();
        first.forEach((name, value) ->
                widths.put(name, Math.max(name.length(), text(value).length())));
        return widths;
    }

    /// The line over a table.
    ///
    /// @param first its first row
    static String head(Map<String, Object> first, Map<String, Integer> widths) {
        Map<String, Object> heads = new LinkedHashMap<>();
        widths.keySet()
                .forEach(name -> heads.put(name, name.toUpperCase(Locale.ROOT).replace('_', ' ')));
        return line(heads, widths, first);
    }

    /// A line of it.
    static String line(Map<String, Object> row, Map<String, Integer> widths) {
        return line(row, widths, row);
    }

    private static String line(Map<String, Object> row, Map<String, Integer> widths, Map<String, Object> kinds) {
        List<String> cells = new ArrayList<>();
        widths.forEach((name, width) -> {
            String sign = kinds.get(name) instanceof Number ? "" : "-";
            cells.add(("%" + sign + Math.max(1, width) + "s").formatted(text(row.get(name))));
        });
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
