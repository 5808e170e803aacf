package org.kdump.capture;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.kdump.vmcore.Vmcore;

/// Whether what was found in the mem_map can be true. What cannot must not cost a page that somebody needs.
///
/// @param doubts the classes that are not to be left out, with a sentence each that says why
/// @param comparisons what was compared with the kernel's own counters, a line each
/// @param problem why some of that could not be done, a sentence
record SelfCheck(Map<PageClass, String> doubts, List<String> comparisons, Optional<String> problem) {
    /// Looks at what was found.
    ///
    /// @param found all windows were gone through
    /// @param counted the kernel's own numbers, all of them; empty for those alone that VMCOREINFO leads to
    static SelfCheck of(Vmcore source, Selection found, Optional<FutureTask<KernelCounters>> counted) {
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
        Optional<String> problem = Optional.empty();
        KernelCounters counters = null;
        try {
            counters = counted.isPresent() ? counted.get().get() : null;
        } catch (ExecutionException unknown) {
            problem = Optional.of("the kernel's counters of slab, file and user pages are not compared: "
                    + unknown.getCause().getMessage());
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            problem = Optional.of("the kernel's counters of slab, file and user pages are not compared");
        }
        counters = counters == null ? KernelCounters.of(source) : counters;
        counters.doubts(found).forEach(doubts::putIfAbsent);
        return new SelfCheck(doubts, counters.comparisons(found), problem);
    }
}
