package org.kdump.vmcore.diskdump;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.ByteSource;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;

/// Which page frames there are and where their descriptors stand. Safe for use by several threads.
///
/// Descriptors have no page frame number: the `n`-th is of the `n`-th one in the bitmap of dumped pages.
final class PageIndex {
    /// More ranges of memory than any machine has: the bitmap is damaged.
    private static final int MOST_RANGES = 1 << 16;

    private final ByteSource source;
    private final DiskdumpHeaders headers;
    private final Bitmap memory;
    private final Bitmap dumped;
    private final long fileSize;
    private final long first;

    PageIndex(ByteSource source, DiskdumpHeaders headers, Arena arena) throws IOException {
        this.source = source;
        this.headers = headers;
        fileSize = source.size();
        memory = bitmap(headers.bitmapOffset(), arena);
        dumped = headers.hasTwoBitmaps() ? bitmap(headers.bitmapOffset() + headers.bitmapSize(), arena) : memory;
        first = dumped.rank(headers.startPfn());
    }

    private Bitmap bitmap(long offset, Arena arena) throws IOException {
        long needed = Math.min(headers.bitmapSize(), (headers.maxMapnr() + 7) / 8);
        long length = Math.clamp(fileSize - offset, 0, needed);
        Optional<MemorySegment> mapped = source.map(Math.min(offset, fileSize), length, arena);
        MemorySegment bytes = mapped.isPresent() ? mapped.get() : source.slice(offset, length, "bitmap");
        return new Bitmap(bytes, headers.maxMapnr());
    }

    /// Whether the file ends before its descriptors do.
    boolean isTruncated() {
        return fileSize < headers.descriptorsOffset() + count() * PageDescriptor.SIZE
                || dumped.bits() < headers.maxMapnr();
    }

    /// Pages that the file should hold.
    long count() {
        return dumped.rank(headers.endPfn()) - first;
    }

    /// Of the last `most` pages, how many are not in the file.
    long lost(long most) throws IOException {
        long count = count();
        long lost = 0;
        for (long i = Math.max(0, count - most); i < count; i++) {
            Optional<PageDescriptor> descriptor = descriptor(i);
            if (descriptor.isEmpty() || !isInFile(descriptor.get())) {
                lost++;
            }
        }
        return lost;
    }

    /// What the bitmaps say of a page frame: PRESENT if it should be in this file.
    Presence presence(long pfn) {
        if (dumped.get(pfn)) {
            return pfn >= headers.startPfn() && pfn < headers.endPfn() ? Presence.PRESENT : Presence.MISSING;
        }
        if (!memory.get(pfn)) {
            return pfn >= 0 && pfn < headers.maxMapnr() && pfn >= memory.bits() ? Presence.MISSING : Presence.ABSENT;
        }
        // Where the file ends within the bitmap, it is not known what was left out.
        return pfn < dumped.bits() ? Presence.EXCLUDED : Presence.MISSING;
    }

    /// The first page frame from `pfn` on whose page should be in this file; -1 if there is none.
    long next(long pfn) {
        long next = dumped.next(Math.max(pfn, headers.startPfn()), true);
        return next < Math.min(dumped.bits(), headers.endPfn()) ? next : -1;
    }

    /// The checksum of the first bitmap.
    long memoryChecksum() {
        return memory.checksum(headers.bitmapSize());
    }

    /// The descriptor of a page frame that is [Presence#PRESENT]; empty if the file ends before.
    Optional<PageDescriptor> find(long pfn) throws IOException {
        return descriptor(dumped.rank(pfn) - first);
    }

    private Optional<PageDescriptor> descriptor(long index) throws IOException {
        long offset = headers.descriptorsOffset() + index * PageDescriptor.SIZE;
        MemorySegment bytes = MemorySegment.ofArray(new byte[PageDescriptor.SIZE]);
        if (source.read(offset, bytes) < PageDescriptor.SIZE) {
            return Optional.empty();
        }
        return Optional.of(
                PageDescriptor.read(new ByteCursor(source.name(), offset, "page_desc", bytes, headers.order())));
    }

    /// Whether a descriptor's data can be there: behind the headers, within the file, and not larger than a page that
    /// compression made worse.
    boolean isInFile(PageDescriptor descriptor) {
        return descriptor.offset() >= headers.descriptorsOffset()
                && descriptor.size() > 0
                && descriptor.size() <= 2L * headers.header().blockSize()
                && descriptor.offset() <= fileSize - descriptor.size();
    }

    /// The machine's memory.
    List<PhysicalRange> ranges() {
        int pageSize = headers.header().blockSize();
        List<PhysicalRange> ranges = new ArrayList<>();
        long pfn = memory.next(0, true);
        while (pfn < memory.bits()) {
            // The last range takes in all the rest, so that no memory gets lost.
            long end = ranges.size() < MOST_RANGES ? memory.next(pfn, false) : memory.bits();
            ranges.add(new PhysicalRange(pfn * pageSize, end * pageSize));
            pfn = memory.next(end, true);
        }
        return List.copyOf(ranges);
    }
}
