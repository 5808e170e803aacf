package org.kdump.capture;

import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;

/// Sorts the page frames of a machine, window by window: which it has, and which are to be dumped.
///
/// Nothing here grows with the machine's memory but the list of its ranges.
final class Frames {
    /// Frames of a window: 128 MiB with pages of 4 KiB. A multiple of the largest free block of any kernel.
    static final int WINDOW = 1 << 15;

    private final Vmcore source;
    private final Optional<FreePages> freePages;
    private final int pageSize;
    private final List<PhysicalRange> memory;
    private final long end;
    private final boolean whole;
    private final BitSet present = new BitSet(WINDOW);
    private final BitSet dumped = new BitSet(WINDOW);
    private final BitSet free = new BitSet(WINDOW);
    private long pages;
    private long freeCount;
    private long notInSource;

    /// @param freePages how free pages are told, or empty to keep them
    Frames(Vmcore source, Optional<FreePages> freePages) throws IOException {
        this.source = source;
        this.freePages = freePages;
        this.pageSize = source.pageSize();
        this.memory = source.memory();
        this.end = memory.isEmpty() ? 0 : (memory.getLast().end() + pageSize - 1) / pageSize;
        // Only a dump that something was left out of needs to be asked for each page.
        this.whole = source.name().equals("/proc/vmcore");
    }

    /// The frame after the last.
    long end() {
        return end;
    }

    /// Sorts one window; [#present] and [#dumped] then say what is in it.
    ///
    /// @param first its first frame, a multiple of [#WINDOW]
    /// @return whether the machine has any memory in it
    /// @throws IOException if the source cannot be read
    boolean sort(long first) throws IOException {
        int frames = (int) Math.min(WINDOW, end - first);
        present.clear();
        dumped.clear();
        for (PhysicalRange range : memory) {
            // A page that a range has only in part is memory that no kernel uses; it is dumped as far as it goes.
            long from = Math.clamp(range.start() / pageSize - first, 0, frames);
            long to = Math.clamp((range.end() + pageSize - 1) / pageSize - first, 0, frames);
            present.set((int) from, (int) to);
        }
        if (present.isEmpty()) {
            return false;
        }
        dumped.or(present);
        int there = present.cardinality();
        pages += there;
        if (!whole) {
            dropWhatSourceLacks(first);
        }
        int before = dumped.cardinality();
        notInSource += there - before;
        if (freePages.isPresent()) {
            free.clear();
            freePages.get().find(first, frames, free);
            dumped.andNot(free);
            freeCount += before - dumped.cardinality();
        }
        return true;
    }

    private void dropWhatSourceLacks(long first) throws IOException {
        for (int i = present.nextSetBit(0); i >= 0; i = present.nextSetBit(i + 1)) {
            Presence presence = source.presence((first + i) * pageSize);
            if (presence == Presence.EXCLUDED || presence == Presence.ABSENT) {
                dumped.clear(i);
            }
        }
    }

    /// The frames of the window that the machine has; bit 0 is the window's first.
    BitSet present() {
        return present;
    }

    /// The frames of the window that are to be dumped.
    BitSet dumped() {
        return dumped;
    }

    /// Frames of the machine in all windows sorted so far.
    long pages() {
        return pages;
    }

    /// Frames found free so far.
    long free() {
        return freeCount;
    }

    /// Frames that the source does not have.
    long notInSource() {
        return notInSource;
    }
}
