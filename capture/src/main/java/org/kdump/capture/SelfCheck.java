package org.kdump.capture;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.kdump.vmcore.Vmcore;

/// Whether what was found in the mem_map can be true. What cannot must not cost a page that somebody needs.
final class SelfCheck {
    private SelfCheck() {}

    /// The classes that are not to be left out, with a sentence each that says why.
    ///
    /// @param found all windows were gone through
    static Map<PageClass, String> doubts(Vmcore source, Selection found) {
        Map<PageClass, String> doubts = new EnumMap<>(PageClass.class);
        found.accused()
                .forEach((what, symbol) -> doubts.put(
                        what, "the page of the kernel's " + symbol + " is " + what.label() + " by its mem_map"));
        // A page of slab that is not known for one looks like page cache, or like memory of a process.
        if (found.found(PageKind.SLAB) == 0) {
            for (PageClass what : List.of(PageClass.CACHE, PageClass.PRIVATE_CACHE, PageClass.USER)) {
                doubts.putIfAbsent(what, "no slab pages were found, and no kernel is without");
            }
        }
        KernelCounters.of(source, KernelFacts.of(source.info())).doubts(found).forEach(doubts::putIfAbsent);
        return doubts;
    }
}
