package org.kdump.kernel.memory;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.MemoryFault;

/// The way through all slabs of some caches. What it remembers grows with the lists, not with the machine.
final class SlabWalk {
    private final PageMap pages;
    private final PerCpu perCpu;
    private final Slab.Visitor visitor;
    private final Map<Long, Known> caches = new HashMap<>();
    private final Set<Long> listed = new HashSet<>();
    private Optional<String> problem = Optional.empty();

    /// A cache that was gone through.
    private record Known(SlabCache cache, SlabLists lists, Set<Long> stocked) {}

    SlabWalk(PageMap pages, PerCpu perCpu, Slab.Visitor visitor) {
        this.pages = pages;
        this.perCpu = perCpu;
        this.visitor = visitor;
    }

    /// Those of a cache that are on lists.
    void listed(SlabCache cache) throws IOException {
        try {
            SlabLists lists = new SlabLists(cache.structure(), perCpu);
            Known known = new Known(cache, lists, lists.stocked());
            caches.put(cache.structure().address(), known);
            for (SlabLists.Listed place : lists.all()) {
                listed.add(place.slab().address());
                visit(known, place);
            }
        } catch (MemoryFault e) {
            failed(cache, e);
        }
    }

    /// Those of the same caches that are on none.
    void full() throws IOException {
        if (caches.isEmpty()) {
            return;
        }
        TypedMemory kernel = pages.page().memory();
        SlabMark mark = SlabMark.of(kernel.types());
        // As SlabNames has it.
        Member owner = kernel.findStruct("slab")
                .flatMap(slab -> slab.find("slab_cache"))
                .orElseGet(() -> pages.page().member("slab_cache"));
        PageFrame.forEach(kernel, pages, frame -> {
            if (mark.isOn(frame.flags(), frame.type()) && !listed.contains(frame.address())) {
                Known known = caches.get(owner.read(frame.address()));
                if (known != null) {
                    visit(known, known.lists().full(frame.address()));
                }
            }
        });
    }

    private void visit(Known known, SlabLists.Listed place) throws IOException {
        try {
            visitor.visit(
                    known.cache(), Slab.read(known.cache().structure(), known.lists(), place, pages, known.stocked()));
        } catch (MemoryFault e) {
            failed(known.cache(), e);
        }
    }

    private void failed(SlabCache cache, MemoryFault fault) {
        problem = problem.or(() -> Optional.of("a slab of " + cache.name() + " cannot be read: " + fault.getMessage()));
    }

    /// The first thing that could not be read.
    Optional<String> problem() {
        return problem;
    }
}
