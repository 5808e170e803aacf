package org.kdump.vmcore.diskdump;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// Pages that were decompressed last, each in the one place that its number gives it. It takes a 16th of the heap, and
/// 64 MiB at most, so that an analysis finds its pages again and a capture has memory left. Safe for use by several
/// threads.
final class PageCache {
    private static final long LARGEST = 64 << 20;
    private static final int HEAP_SHARE = 16;
    private static final int FEWEST_PAGES = 16;

    private final AtomicReferenceArray<Page> pages;

    PageCache(int pageSize) {
        pages = new AtomicReferenceArray<>((int) Math.max(
                FEWEST_PAGES, Math.min(LARGEST, Runtime.getRuntime().maxMemory() / HEAP_SHARE) / pageSize));
    }

    private record Page(long pfn, byte[] bytes) {}

    /// The bytes of a page frame, not to be changed.
    Optional<byte[]> get(long pfn) {
        Page page = pages.get(slot(pfn));
        return page != null && page.pfn() == pfn ? Optional.of(page.bytes()) : Optional.empty();
    }

    void put(long pfn, byte[] bytes) {
        pages.set(slot(pfn), new Page(pfn, bytes));
    }

    private int slot(long pfn) {
        return (int) Long.remainderUnsigned(pfn * 0x9e3779b97f4a7c15L >>> 32, pages.length());
    }
}
