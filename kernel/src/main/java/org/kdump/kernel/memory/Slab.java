package org.kdump.kernel.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.Struct;

/// A slab: memory cut into equal objects.
///
/// @param structure its `struct slab`, or `struct page`
/// @param list where it was found: `partial`, `cpu 0`, `cpu 0 partial`, or `full` if it is on no list
/// @param objects what it is cut into
public record Slab(Struct structure, String list, List<SlabObject> objects) {
    /// An object of a slab.
    ///
    /// @param address where it is
    /// @param state whether anybody has it
    public record SlabObject(long address, State state) {}

    /// Whether anybody has an object.
    public enum State {
        /// Somebody has it.
        ALLOCATED,
        /// Nobody has it.
        FREE,
        /// Nobody has it, but a CPU or a node keeps it for whoever asks next.
        CACHED
    }

    /// What takes slabs.
    @FunctionalInterface
    public interface Visitor {
        /// @param cache whose it is
        void visit(SlabCache cache, Slab slab);
    }

    /// Goes through the slabs of caches: those on lists, cache by cache, then the full ones in the order of memory. No
    /// list has these, so the pages of the whole machine are asked whose they are.
    ///
    /// @return what could not be read; empty if all could
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Optional<String> forEach(List<SlabCache> caches, PageMap pages, PerCpu perCpu, Visitor visitor)
            throws IOException {
        SlabWalk walk = new SlabWalk(pages, perCpu, visitor);
        for (SlabCache cache : caches) {
            walk.listed(cache);
        }
        walk.full();
        return walk.problem();
    }

    /// The slab that a head is of, and the state of the object at an address.
    ///
    /// @param head a page's, of slab
    /// @throws IOException if the dump cannot be read
    static SlabObject object(Struct cache, Struct head, long address, PageMap pages, PerCpu perCpu) throws IOException {
        SlabLists lists = new SlabLists(cache, perCpu);
        SlabLists.Listed place = lists.all().stream()
                .filter(each -> each.slab().address() == head.address())
                .findFirst()
                .orElse(lists.full(head.address()));
        List<SlabObject> objects =
                read(cache, lists, place, pages, lists.stocked()).objects();
        long size = Math.max(1, cache.number("size"));
        return objects.stream()
                .filter(each -> Long.compareUnsigned(address - each.address(), size) < 0)
                .findFirst()
                .orElse(new SlabObject(address, State.FREE));
    }

    static Slab read(Struct cache, SlabLists lists, SlabLists.Listed place, PageMap pages, Set<Long> stocked)
            throws IOException {
        Struct slab = place.slab();
        Set<Long> free = lists.free(slab.number("freelist"));
        Set<Long> cached = new HashSet<>(lists.free(place.freelist()));
        long first =
                pages.memory(slab.address()) + (cache.type().has("red_left_pad") ? cache.number("red_left_pad") : 0);
        long count = slab.number("objects");
        long size = cache.number("size");
        List<SlabObject> objects = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            long address = first + i * size;
            boolean isCached = cached.contains(address) || stocked.contains(address);
            objects.add(new SlabObject(
                    address, free.contains(address) ? State.FREE : isCached ? State.CACHED : State.ALLOCATED));
        }
        return new Slab(slab, place.list(), objects);
    }

    /// How many of its objects somebody has.
    public long allocated() {
        return objects.stream().filter(each -> each.state() == State.ALLOCATED).count();
    }
}
