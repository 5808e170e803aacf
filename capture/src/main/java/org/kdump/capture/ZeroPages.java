package org.kdump.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.kdump.vmcore.Vmcore;

/// Counts pages of zeroes.
final class ZeroPages {
    private static final int BYTES_AT_ONCE = 1 << 20;

    private final Vmcore source;
    private final int pageSize;
    private final long[] buffer;

    ZeroPages(Vmcore source) {
        this.source = source;
        pageSize = source.pageSize();
        buffer = new long[Math.max(pageSize, BYTES_AT_ONCE) / Long.BYTES];
    }

    /// How many of the pages from `pfn` on are nothing but zeroes; one that cannot be read is not.
    long count(long pfn, int pages) throws IOException {
        int atOnce = buffer.length / (pageSize / Long.BYTES);
        long count = 0;
        int done = 0;
        while (done < pages) {
            int wanted = Math.min(pages - done, atOnce);
            MemorySegment target = MemorySegment.ofArray(buffer).asSlice(0, (long) wanted * pageSize);
            long read = source.read((pfn + done) * pageSize, target);
            // A page may be memory only in part.
            long begun = Math.min(wanted, (read + pageSize - 1) / pageSize);
            target.asSlice(read, begun * pageSize - read).fill((byte) 0);
            for (int page = 0; page < begun; page++) {
                count += isZero(page) ? 1 : 0;
            }
            done += (int) Math.max(1, begun);
        }
        return count;
    }

    /// A plain loop, for it is fast before it is compiled well.
    private boolean isZero(int page) {
        int words = pageSize / Long.BYTES;
        for (int i = page * words; i < (page + 1) * words; i++) {
            if (buffer[i] != 0) {
                return false;
            }
        }
        return true;
    }
}
