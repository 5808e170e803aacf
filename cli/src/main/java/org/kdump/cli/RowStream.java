package org.kdump.cli;

import java.io.PrintWriter;
import java.util.Map;
import org.kdump.kernel.json.Json;

/// Rows printed as they come, because there may be too many to be kept. A column is as wide as in the first
/// row, and
/// no less than an address.
final class RowStream {
    private final PrintWriter out;
    private final boolean json;
    private Map<String, Integer> widths = Map.of();
    private long count;

    RowStream(PrintWriter out, boolean json) {
        this.out = out;
        this.json = json;
    }

    void add(Map<String, Object> row) {
        if (json) {
            out.print((count == 0 ? "[\n" : ",\n") + Json.of(row));
        } else {
            if (count == 0) {
                widths = Table.widths(row);
                out.println(Table.head(row, widths));
            }
            out.println(Table.line(row, widths));
        }
        count++;
    }

    /// @return how many rows there were
    long end() {
        if (json) {
            out.println(count == 0 ? "[]" : "\n]");
        }
        return count;
    }
}
