package org.kdump.vmcore.elfcore;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.kdump.vmcore.Presence;

/// Physical memory that one piece of the file stands for.
///
/// @param start first physical address
/// @param end first physical address behind it
/// @param offset where its first byte stands in the file; of no meaning unless `presence` is PRESENT
/// @param presence the same for all of it
record Extent(long start, long end, long offset, Presence presence) {
    /// The same extents sorted and without overlap: where two overlap, the earlier in the list stays.
    static List<Extent> layered(List<Extent> extents) {
        NavigableMap<Long, Extent> all = new TreeMap<>();
        for (Extent extent : extents) {
            uncovered(all, extent).forEach(piece -> all.put(piece.start, piece));
        }
        return List.copyOf(all.values());
    }

    private static List<Extent> uncovered(NavigableMap<Long, Extent> all, Extent extent) {
        Map.Entry<Long, Extent> before = all.floorEntry(extent.start);
        long at = before == null ? extent.start : Math.max(extent.start, before.getValue().end);
        List<Extent> pieces = new ArrayList<>();
        while (at < extent.end) {
            Map.Entry<Long, Extent> next = all.ceilingEntry(at);
            long end = next == null ? extent.end : Math.min(extent.end, next.getKey());
            if (at < end) {
                pieces.add(extent.cut(at, end));
            }
            at = next == null ? end : Math.max(end, next.getValue().end);
        }
        return pieces;
    }

    private Extent cut(long from, long to) {
        return new Extent(from, to, offset + (from - start), presence);
    }
}
