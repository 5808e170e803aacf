package org.kdump.cli;

import java.util.ArrayList;
import java.util.List;
import org.kdump.vmcore.paging.PageEntry;
import org.kdump.vmcore.paging.TableEntry;

/// Page table entries as crash prints them.
final class PageTableText {
    private PageTableText() {}

    /// The entry that maps a page.
    static String entry(PageEntry entry) {
        return "%16s  %8s  %s"
                .formatted(
                        Long.toHexString(entry.value()),
                        entry.isPresent() ? Long.toHexString(entry.physicalAddress()) : "(none)",
                        entry.isPresent() ? "(" + String.join("|", entry.flags()) + ")" : "(not present)");
    }

    /// The entries of a walk, a line each.
    static List<String> walk(List<TableEntry> entries) {
        List<String> lines = new ArrayList<>();
        for (TableEntry entry : entries) {
            lines.add("%6s: %x => %x".formatted(entry.level(), entry.address(), entry.value()));
        }
        return lines;
    }
}
