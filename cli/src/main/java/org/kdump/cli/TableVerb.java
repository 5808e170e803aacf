package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;

/// A verb whose answer is a table.
abstract class TableVerb extends Verb {
    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON: an array of objects, named as the columns.");

    TableVerb(String name, String description, String... footer) {
        super(name, description, footer);
    }

    /// The table's rows, which all have the same names.
    ///
    /// @throws IOException if they cannot be had
    abstract List<Map<String, Object>> rows(Kernel kernel) throws IOException;

    /// Whether this time there are so many rows that they are not kept, but streamed.
    boolean streams() {
        return false;
    }

    /// Gives rows one after the other.
    ///
    /// @throws IOException if they cannot be had
    void stream(Kernel kernel, RowStream rows) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Prints the rows for people; as a table, unless a verb knows better.
    ///
    /// @throws IOException if more that is needed for it cannot be had
    void print(Kernel kernel, List<Map<String, Object>> rows) throws IOException {
        Table.print(rows, out());
    }

    @Override
    public final Integer call() throws IOException {
        try (Kernel kernel = open(dump.get())) {
            if (streams()) {
                RowStream rows = new RowStream(out(), json.get());
                stream(kernel, rows);
                long count = rows.end();
                out().flush();
                return count == 0 ? Main.FAILED : 0;
            }
            List<Map<String, Object>> rows = rows(kernel);
            if (json.get()) {
                out().println(Json.of(rows));
            } else {
                print(kernel, rows);
            }
            out().flush();
            return rows.isEmpty() ? Main.FAILED : 0;
        }
    }
}
