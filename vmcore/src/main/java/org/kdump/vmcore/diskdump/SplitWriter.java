package org.kdump.vmcore.diskdump;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.kdump.vmcore.DumpOutput;
import org.kdump.vmcore.DumpWriter;
import org.kdump.vmcore.PageBatch;
import org.kdump.vmcore.Utsname;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;

/// Writes a kdump-compressed dump as one file, or split into several of about as many pages each, which
/// [SplitVmcore] and the peers put together. Each part has all headers and bitmaps.
public final class SplitWriter implements DumpWriter {
    /// Frames that are looked at together to find where the parts begin.
    private static final int WINDOW = 1 << 15;

    private final List<DiskdumpWriter> parts = new ArrayList<>();
    private final long maxPfn;
    private final long[] starts;
    private final long[] firstPlaces;

    /// Writes the headers and notes; parameters are those of [DiskdumpWriter].
    ///
    /// @param outputs one for each part
    /// @throws IOException if one cannot be written
    public SplitWriter(List<DumpOutput> outputs, Vmcore source, Utsname utsname, PageCodec codec, int dumpLevel)
            throws IOException {
        for (DumpOutput output : outputs) {
            parts.add(new DiskdumpWriter(output, source, utsname, codec, dumpLevel));
        }
        if (parts.size() > 1) {
            for (DiskdumpWriter part : parts) {
                // Which pages it has is not known yet, but that it is a part must be if nothing more gets written.
                part.limit(0, 0);
            }
        }
        maxPfn = source.maxPfn();
        starts = new long[parts.size() + 1];
        firstPlaces = new long[parts.size()];
    }

    /// As [DiskdumpWriter#select].
    ///
    /// @throws IOException if it cannot be written
    public void select(long firstPfn, long[] memory, long[] dumped) throws IOException {
        for (DiskdumpWriter part : parts) {
            part.select(firstPfn, memory, dumped);
        }
    }

    /// As [DiskdumpWriter#selected].
    ///
    /// @throws IOException if it cannot be read
    public void selected(long firstPfn, long[] dumped) throws IOException {
        parts.getFirst().selected(firstPfn, dumped);
    }

    /// As [DiskdumpWriter#beginPages], once it is found out where each part begins.
    ///
    /// @param pages how many were selected in all
    /// @throws IOException if it cannot be written
    public void beginPages(long pages) throws IOException {
        if (parts.size() == 1) {
            parts.getFirst().beginPages(pages);
            return;
        }
        long[] counts = divide(pages);
        for (int i = 0; i < parts.size(); i++) {
            parts.get(i).limit(starts[i], starts[i + 1]);
            parts.get(i).beginPages(counts[i]);
            firstPlaces[i] = i == 0 ? 0 : firstPlaces[i - 1] + counts[i - 1];
        }
    }

    /// @return the pages of each part
    private long[] divide(long pages) throws IOException {
        long[] counts = new long[parts.size()];
        long[] dumped = new long[WINDOW / Long.SIZE];
        int part = 0;
        long before = 0;
        for (long pfn = 0; pfn < maxPfn; pfn += WINDOW) {
            selected(pfn, dumped);
            for (int i = 0; i < dumped.length; i++) {
                if (before >= share(pages, part + 1) && part < parts.size() - 1) {
                    part++;
                    starts[part] = Math.min(maxPfn, pfn + (long) i * Long.SIZE);
                }
                counts[part] += Long.bitCount(dumped[i]);
                before += Long.bitCount(dumped[i]);
            }
        }
        for (int i = part + 1; i < starts.length; i++) {
            starts[i] = maxPfn;
        }
        return counts;
    }

    /// How many pages the first `count` parts have together.
    private long share(long pages, int count) {
        return pages / parts.size() * count + pages % parts.size() * count / parts.size();
    }

    @Override
    public boolean first(PageBatch batch, long[] places) throws IOException {
        for (int i = 0; i < parts.size(); i++) {
            long before = firstPlaces[i];
            parts.get(i)
                    .first(
                            batch,
                            Arrays.stream(places).map(place -> place - before).toArray());
        }
        return true;
    }

    @Override
    public void append(PageBatch batch) throws IOException {
        if (batch.count() == 0) {
            return;
        }
        long first = batch.pfn(0);
        long last = batch.pfn(batch.count() - 1);
        for (int i = 0; i < parts.size(); i++) {
            if (parts.size() == 1 || first < starts[i + 1] && last >= starts[i]) {
                parts.get(i).append(batch);
            }
        }
    }

    @Override
    public void finish(boolean complete) throws IOException {
        for (DiskdumpWriter part : parts) {
            part.finish(complete);
        }
    }

    @Override
    public List<String> problems() {
        return List.of();
    }
}
