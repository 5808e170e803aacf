package org.kdump.kernel.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.RangeEntry;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.XArray;

/// The pages of a file that were in memory.
public final class CachedPages {
    /// More are left out: 4 GiB of small pages.
    private static final int MOST = 1 << 20;

    private CachedPages() {}

    /// The `struct page`s of a file in its page cache, by their place in the file.
    ///
    /// @param inode a `struct inode`
    /// @return in part where the cache's tree is broken, or the file is very large
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<Long> of(Struct inode) throws IOException {
        Optional<Struct> mapping = inode.follow("i_mapping");
        if (mapping.isEmpty()) {
            return new Partial<>(List.of(), Optional.empty());
        }
        Partial<RangeEntry> entries =
                XArray.entries(inode.type().memory(), mapping.get().addressOf("i_pages"));
        long size = inode.type().memory().struct("page").size();
        List<Long> pages = new ArrayList<>();
        for (RangeEntry entry : entries.items()) {
            // A number stands for a page that was reclaimed.
            for (long i = 0; !XArray.isValue(entry.value()) && i <= entry.last() - entry.first(); i++) {
                if (pages.size() == MOST) {
                    return new Partial<>(pages, Optional.of("more than " + MOST + " pages are left out"));
                }
                pages.add(entry.value() + i * size);
            }
        }
        return new Partial<>(pages, entries.problem());
    }

    /// How many pages of a file its page cache counts.
    ///
    /// @throws IOException if it cannot be read
    public static long count(Struct inode) throws IOException {
        Optional<Struct> mapping = inode.follow("i_mapping");
        return mapping.isPresent() ? mapping.get().number("nrpages") : 0;
    }
}
