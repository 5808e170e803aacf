package org.kdump.kernel.object;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Processors as crash names them, and as the kernel lists them: `3`, `1,8,9-14`; or all (`a`, `all`).
///
/// @param ranges those that are named
/// @param all whether all are
public record CpuList(List<Range> ranges, boolean all) {
    private static final int MOST_CPUS = 1 << 16;

    /// All of them.
    public static final CpuList ALL = new CpuList(List.of(), true);

    /// Processors that follow each other.
    ///
    /// @param first the first one's number
    /// @param last the last one's
    public record Range(int first, int last) {}

    /// Copies the list.
    public CpuList {
        ranges = List.copyOf(ranges);
    }

    /// What a text names.
    ///
    /// @throws IOException if it is none; says what is
    public static CpuList parse(String text) throws IOException {
        if (text.equals("all") || text.equals("a")) {
            return ALL;
        }
        List<Range> ranges = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            String[] range = part.split("-", 2);
            int first = number(range[0]);
            ranges.add(new Range(first, range.length == 1 ? first : number(range[1])));
        }
        return new CpuList(ranges, false);
    }

    private static int number(String text) throws IOException {
        try {
            int number = Integer.parseInt(text);
            if (number >= 0 && number < MOST_CPUS) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // Told below, as a number out of range is.
        }
        throw new IOException("'" + text + "' is no CPU: write 3, or 1,8,9-14, or all");
    }

    /// Whether it names a CPU.
    public boolean has(int cpu) {
        return all || ranges.stream().anyMatch(range -> cpu >= range.first() && cpu <= range.last());
    }

    /// Numbers as the kernel writes a list of them: `0-3,8`.
    ///
    /// @param sorted rising
    public static String text(List<Integer> sorted) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < sorted.size(); ) {
            int last = i;
            while (last + 1 < sorted.size() && sorted.get(last + 1) == sorted.get(last) + 1) {
                last++;
            }
            text.append(text.isEmpty() ? "" : ",").append(sorted.get(i));
            text.append(last == i ? "" : "-" + sorted.get(last));
            i = last + 1;
        }
        return text.toString();
    }
}
