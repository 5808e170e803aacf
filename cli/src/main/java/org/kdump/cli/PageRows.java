package org.kdump.cli;

import java.io.IOException;
import java.util.Map;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.memory.PageFrame;
import org.kdump.kernel.memory.PageMap;
import org.kdump.vmcore.paging.Translation;

/// Page frames as rows of a table.
record PageRows(Kernel kernel, PageMap map, Map<Integer, String> names) {
    /// As many as the mapping of their structs has room for (Documentation/arch/x86/x86_64/mm.rst), with 4 levels of
    /// page
    /// tables; no other address of the kernel's is so near behind its start.
    private static final long MOST_FRAMES = 1L << 34;

    static PageRows of(Kernel kernel) throws IOException {
        return new PageRows(kernel, pageMap(kernel), PageFrame.flagNames(kernel.types()));
    }

    /// The kernel's `struct page`s.
    ///
    /// @throws IOException if they cannot be found
    static PageMap pageMap(Kernel kernel) throws IOException {
        return PageMap.of(kernel.types())
                .orElseThrow(() -> new IOException("this kernel's struct pages are not in one mapping, by whose place"
                        + " (vmemmap_base, page_offset_base) they could be found"));
    }

    /// `page` (its struct), `physical`, `mapping`, `index`, `count` (references), `flags`, `names` (of flags).
    Map<String, Object> row(PageFrame frame) {
        return Table.row(
                "page", Json.address(frame.address()),
                "physical", Json.address(frame.frame() * kernel.vmcore().pageSize()),
                "mapping", Json.address(frame.mapping()),
                "index", Json.address(frame.index()),
                "count", frame.count(),
                "flags", Json.address(frame.flags()),
                "names", frame.flagNames(names));
    }

    /// Of a `struct page`.
    Map<String, Object> row(long page) throws IOException {
        return row(PageFrame.at(kernel.types(), map, page));
    }

    /// The page frame that a number stands for: a `struct page`, an address of the kernel's, or a physical one.
    long frame(long address, boolean physical) throws IOException {
        long size = kernel.vmcore().pageSize();
        if (physical || address >= 0) {
            return address / size;
        }
        long frame = map.frame(address);
        if (frame >= 0 && frame < MOST_FRAMES) {
            return frame;
        }
        return switch (kernel.memory().space().translate(address)) {
            case Translation.Mapped mapped -> mapped.physicalAddress() / size;
            case Translation.Unmapped unmapped -> throw new IOException(unmapped.message());
        };
    }
}
