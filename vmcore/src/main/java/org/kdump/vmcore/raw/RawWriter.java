package org.kdump.vmcore.raw;

import java.io.IOException;
import java.util.List;
import org.kdump.vmcore.DumpOutput;
import org.kdump.vmcore.DumpWriter;
import org.kdump.vmcore.PageBatch;
import org.kdump.vmcore.Vmcore;

/// Writes physical memory as it is: the page at address `n` is at byte `n` of the file, and what is zero, left out or
/// no
/// memory is a hole of the file. Of the notes only VMCOREINFO stays, for it is in the memory itself.
public final class RawWriter implements DumpWriter {
    private final DumpOutput output;
    private final int pageSize;
    private final long size;
    private long unreadable;

    /// @param source the machine's memory
    /// @throws IOException if the source cannot be read
    public RawWriter(DumpOutput output, Vmcore source) throws IOException {
        this.output = output;
        pageSize = source.pageSize();
        size = source.maxPfn() * pageSize;
    }

    /// Does nothing: without the page that VMCOREINFO is in, and nobody knows which it is, nothing can be read.
    @Override
    public boolean first(PageBatch batch, long[] places) {
        return false;
    }

    @Override
    public void append(PageBatch batch) throws IOException {
        long from = 0;
        long to = 0;
        long address = 0;
        for (int i = 0; i < batch.count(); i++) {
            switch (batch.kind(i)) {
                case STORED -> {
                    long next = batch.pfn(i) * pageSize;
                    if (next != address + (to - from)) {
                        write(batch, from, to, address);
                        from = to;
                        address = next;
                    }
                    to += batch.size(i);
                }
                case UNREADABLE -> unreadable++;
                case ZERO, EXCLUDED -> {}
                case COMPRESSED -> throw new IllegalArgumentException("raw memory has no compressed pages");
            }
        }
        write(batch, from, to, address);
    }

    private void write(PageBatch batch, long from, long to, long address) throws IOException {
        if (from < to) {
            output.write(address, batch.data().asSlice(from, to - from));
        }
    }

    /// @param complete nothing in the file tells of it
    @Override
    public void finish(boolean complete) throws IOException {
        output.extend(size);
        output.force();
        output.end();
    }

    @Override
    public List<String> problems() {
        return unreadable == 0
                ? List.of()
                : List.of(unreadable + " pages that could not be read are zeroes in the file: raw memory has no way to"
                        + " tell of them; use the kdump format");
    }
}
