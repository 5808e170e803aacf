package org.kdump.qemu;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Debian's control format (deb822(5)): paragraphs of `Field: value`, kept apart by blank lines.
///
/// ```
/// # comment
/// Field: value
///  continued
/// ```
final class Deb822 {
    private Deb822() {}

    /// The paragraphs of `text`; field names are found whatever their case, and continuation lines are joined by `\n`.
    static List<Map<String, String>> paragraphs(String text) {
        List<Map<String, String>> all = new ArrayList<>();
        Map<String, String> paragraph = empty();
        String field = "";
        for (String line : text.lines().toList()) {
            if (line.startsWith("#")) {
                continue;
            }
            if (line.isBlank()) {
                paragraph = finish(all, paragraph);
                field = "";
            } else if (Character.isWhitespace(line.charAt(0))) {
                paragraph.computeIfPresent(field, (name, value) -> (value + "\n" + line.strip()).strip());
            } else {
                int colon = line.indexOf(':');
                field = colon < 0 ? "" : line.substring(0, colon).strip();
                paragraph.put(field, line.substring(colon + 1).strip());
            }
        }
        finish(all, paragraph);
        return List.copyOf(all);
    }

    private static Map<String, String> finish(List<Map<String, String>> all, Map<String, String> paragraph) {
        if (paragraph.isEmpty()) {
            return paragraph;
        }
        all.add(paragraph);
        return empty();
    }

    private static Map<String, String> empty() {
        return new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    }
}
