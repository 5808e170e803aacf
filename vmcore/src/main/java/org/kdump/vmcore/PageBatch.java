package org.kdump.vmcore;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32;

/// Some pages on their way into a dump, by rising page frame number, their data packed one behind the other.
///
/// It is filled by one thread and then written by another, again and again; nothing is allocated for a page. Not safe
/// for use by several threads at once.
public final class PageBatch {
    /// What became of a page.
    public enum Kind {
        /// Its data is the page itself.
        STORED,
        /// Its data is the page, compressed by the dump's codec.
        COMPRESSED,
        /// Its data is that of the page with data before it, which is in the same [#GROUP].
        REPEATED,
        /// It has nothing but zeroes, and no data here.
        ZERO,
        /// The source should have it and it could not be read.
        UNREADABLE,
        /// The source was filtered and has it no more.
        EXCLUDED
    }

    /// So many page frames in a row, from a multiple of it on, may share data; no batch or file begins within.
    public static final int GROUP = 64;

    private final MemorySegment data;
    private final long[] pfns;
    private final Kind[] kinds;
    private final int[] sizes;
    private final int[] checksums;
    private final CRC32 checksum = new CRC32();
    private int count;
    private long used;

    /// @param pages the most that it holds
    /// @param pageSize bytes of a page; the data of no page is larger
    /// @param arena where the data lies
    public PageBatch(int pages, int pageSize, Arena arena) {
        data = arena.allocate((long) pages * pageSize, Long.BYTES);
        pfns = new long[pages];
        kinds = new Kind[pages];
        sizes = new int[pages];
        checksums = new int[pages];
    }

    /// Takes all pages out.
    public void clear() {
        count = 0;
        used = 0;
    }

    /// Adds a page with its data.
    ///
    /// @param kind STORED or COMPRESSED
    /// @param bytes the data is its first `size` bytes
    public void add(long pfn, Kind kind, byte[] bytes, int size) {
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, data, used, size);
        used += size;
        checksum.reset();
        checksum.update(bytes, 0, size);
        checksums[count] = (int) checksum.getValue();
        add(pfn, kind, size);
    }

    /// Adds a page without data of its own.
    ///
    /// @param kind REPEATED, ZERO, UNREADABLE or EXCLUDED
    public void add(long pfn, Kind kind) {
        add(pfn, kind, 0);
    }

    private void add(long pfn, Kind kind, int size) {
        pfns[count] = pfn;
        kinds[count] = kind;
        sizes[count] = size;
        count++;
    }

    /// How many pages it holds.
    public int count() {
        return count;
    }

    /// The page frame number of the page at `index`, 0 for the first.
    public long pfn(int index) {
        return pfns[index];
    }

    /// What became of the page at `index`.
    public Kind kind(int index) {
        return kinds[index];
    }

    /// Bytes of data of the page at `index`.
    public int size(int index) {
        return sizes[index];
    }

    /// The CRC-32 of the data of the page at `index`, which is STORED or COMPRESSED.
    public int checksum(int index) {
        return checksums[index];
    }

    /// The data of all pages.
    public MemorySegment data() {
        return data.asSlice(0, used);
    }
}
