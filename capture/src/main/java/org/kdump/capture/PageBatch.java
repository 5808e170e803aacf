package org.kdump.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.codec.PageCompressor;
import org.kdump.vmcore.diskdump.DiskdumpWriter;

/// Some pages on their way from the source to the dump: read in bulk, tested for zeroes, compressed each by itself.
///
/// Made once and used again and again. In the hands of one thread at a time.
final class PageBatch {
    /// Pages of a batch: 1 MiB where a page has 4 KiB.
    static final int PAGES = 256;

    private final int pageSize;
    private final byte[] zero;
    private final byte[] page;
    private final byte[] compressed;
    private final byte[] raw;
    private final MemorySegment rawSegment;
    private final long[] frames = new long[PAGES];
    private int count;

    private final int[] sizes = new int[PAGES];
    private final PageCodec[] codecs = new PageCodec[PAGES];
    private final byte[] data;
    private int length;

    PageBatch(int pageSize) {
        this.pageSize = pageSize;
        this.zero = new byte[pageSize];
        this.page = new byte[pageSize];
        this.compressed = new byte[pageSize - 1];
        this.raw = new byte[PAGES * pageSize];
        this.rawSegment = MemorySegment.ofArray(raw);
        this.data = new byte[PAGES * pageSize];
    }

    /// Forgets what it holds.
    PageBatch clear() {
        count = 0;
        return this;
    }

    boolean isFull() {
        return count == PAGES;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /// Takes one more page frame, higher than those before.
    void add(long frame) {
        frames[count++] = frame;
    }

    int count() {
        return count;
    }

    long frame(int index) {
        return frames[index];
    }

    /// Bytes of each page in [#data], or a mark of [DiskdumpWriter].
    int[] sizes() {
        return sizes;
    }

    PageCodec[] codecs() {
        return codecs;
    }

    byte[] data() {
        return data;
    }

    int length() {
        return length;
    }

    /// Reads the pages, run by run. A page that cannot be read is marked, and those behind it are read all the same.
    void read(Vmcore source) {
        for (int i = 0; i < count; ) {
            int run = 1;
            while (i + run < count && frames[i + run] == frames[i] + run) {
                run++;
            }
            readRun(source, i, run);
            i += run;
        }
    }

    private void readRun(Vmcore source, int first, int run) {
        Arrays.fill(sizes, first, first + run, pageSize);
        for (int at = first; at < first + run; ) {
            long address = frames[at] * pageSize;
            MemorySegment target = rawSegment.asSlice((long) at * pageSize, (long) (first + run - at) * pageSize);
            long read = bytes(source, address, target);
            at += (int) (read / pageSize);
            if (at < first + run) {
                // The last page of memory may be there in part only (a range need not end with a page).
                int part = (int) (read % pageSize);
                Arrays.fill(raw, at * pageSize + part, (at + 1) * pageSize, (byte) 0);
                sizes[at] = part > 0 ? pageSize : DiskdumpWriter.UNREADABLE;
                at++;
            }
        }
    }

    private static long bytes(Vmcore source, long address, MemorySegment target) {
        try {
            return source.read(address, target);
        } catch (IOException e) {
            return 0;
        }
    }

    /// Whether a page that was read has only zeroes.
    boolean isZero(int index) {
        int from = index * pageSize;
        return sizes[index] == pageSize && Arrays.equals(raw, from, from + pageSize, zero, 0, pageSize);
    }

    /// Whether a page was read.
    boolean isReadable(int index) {
        return sizes[index] != DiskdumpWriter.UNREADABLE;
    }

    /// The bytes of the pages as they were read.
    byte[] raw() {
        return raw;
    }

    /// Compresses the pages that were read; a page that does not shrink is kept as it is.
    ///
    /// @param withoutZero whether pages of zeroes are marked instead
    void compress(PageCodec codec, PageCompressor compressor, boolean withoutZero) {
        length = 0;
        for (int i = 0; i < count; i++) {
            if (sizes[i] == DiskdumpWriter.UNREADABLE) {
                continue;
            }
            if (withoutZero && isZero(i)) {
                sizes[i] = DiskdumpWriter.ZERO;
                continue;
            }
            compressOne(i, codec, compressor);
        }
    }

    private void compressOne(int index, PageCodec codec, PageCompressor compressor) {
        int size = -1;
        if (codec != PageCodec.NONE) {
            System.arraycopy(raw, index * pageSize, page, 0, pageSize);
            size = compressor.compress(page, pageSize, compressed);
        }
        boolean smaller = size > 0;
        sizes[index] = smaller ? size : pageSize;
        codecs[index] = smaller ? codec : PageCodec.NONE;
        System.arraycopy(smaller ? compressed : raw, smaller ? 0 : index * pageSize, data, length, sizes[index]);
        length += sizes[index];
    }
}
