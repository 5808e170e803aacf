package org.kdump.vmcore.diskdump;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.kdump.elf.ByteSink;
import org.kdump.elf.Note;
import org.kdump.vmcore.DumpOutput;
import org.kdump.vmcore.DumpWriter;
import org.kdump.vmcore.PageBatch;
import org.kdump.vmcore.Utsname;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.codec.PageCodec;

/// Writes a kdump-compressed file, version 6, as [DiskdumpVmcore] and the peers read it; see there for its map.
///
/// The order of writing makes each moment's file one that opens: headers, notes and VMCOREINFO, both bitmaps, a page of
/// zeroes, then pages. A page's descriptor is written after its data, and the place of one that is not written yet is a
/// hole of the file: a descriptor of zeroes, which readers know for a missing page. All pages of zeroes share the first
/// page of data, as makedumpfile has it. The header carries `DUMP_DH_COMPRESSED_INCOMPLETE` until the end.
///
/// Nothing here grows with the machine's memory: bitmaps go to the file piece by piece, and are read back from there.
public final class DiskdumpWriter implements DumpWriter {
    private static final int MICROSECONDS_UNKNOWN = 0;

    private final DumpOutput output;
    private final Vmcore source;
    private final Utsname utsname;
    private final PageCodec codec;
    private final DiskdumpLayout layout;
    private final int blockSize;
    private final long maxPfn;
    private final long subHeaderBlocks;
    private final long bitmapSize;
    private final int dumpLevel;
    private ByteBuffer descriptors;
    private long nextDescriptor;
    private long nextData;
    private long zeroPage;

    /// Writes the headers and notes.
    ///
    /// @param source the machine's memory; its notes are copied
    /// @param utsname of the crashed kernel; its `machine` tells readers the layout
    /// @param codec of the pages that compression makes smaller
    /// @param dumpLevel the level that is really applied
    /// @throws IOException if it cannot be written
    public DiskdumpWriter(DumpOutput output, Vmcore source, Utsname utsname, PageCodec codec, int dumpLevel)
            throws IOException {
        this.output = output;
        this.source = source;
        this.utsname = utsname;
        this.codec = codec;
        this.dumpLevel = dumpLevel;
        layout = DiskdumpLayout.of(source.architecture());
        blockSize = source.pageSize();
        maxPfn = source.maxPfn();
        long notes = DumpOutput.size(source.notes());
        subHeaderBlocks = blocks(DiskdumpSubHeader.size(layout) + notes);
        bitmapSize = blocks((maxPfn + Byte.SIZE - 1) / Byte.SIZE) * blockSize;
        writeHeader(DiskdumpHeader.STATUS_INCOMPLETE);
        writeSubHeader();
        output.extend(descriptorsOffset());
    }

    private long blocks(long bytes) {
        return (bytes + blockSize - 1) / blockSize;
    }

    private long bitmapOffset() {
        return (1 + subHeaderBlocks) * blockSize;
    }

    private long descriptorsOffset() {
        return bitmapOffset() + 2 * bitmapSize;
    }

    private void writeHeader(int status) throws IOException {
        VmcoreInfo info = source.info();
        long cpus = source.notes().stream()
                .filter(note -> note.type() == Note.NT_PRSTATUS && note.name().equals("CORE"))
                .count();
        ByteSink sink = new ByteSink(source.byteOrder());
        new DiskdumpHeader(
                        DiskdumpHeader.NEWEST_VERSION,
                        utsname,
                        info.crashTime().orElse(0),
                        MICROSECONDS_UNKNOWN,
                        codec.flag() | status,
                        blockSize,
                        Math.toIntExact(subHeaderBlocks),
                        2 * bitmapSize / blockSize,
                        Math.min(maxPfn, 0xffff_ffffL),
                        0,
                        0,
                        0,
                        0,
                        Math.toIntExact(cpus))
                .write(sink, layout);
        output.write(0, sink);
    }

    private void writeSubHeader() throws IOException {
        List<Note> notes = source.notes();
        long notesOffset = blockSize + DiskdumpSubHeader.size(layout);
        long[] descriptions = output.writeNotes(notesOffset, notes, source.byteOrder());
        long infoOffset = 0;
        long infoSize = 0;
        for (int i = descriptions.length - 1; i >= 0; i--) {
            if (notes.get(i).name().equals(VmcoreInfo.NOTE_NAME)) {
                infoOffset = descriptions[i];
                infoSize = notes.get(i).description().byteSize();
            }
        }
        ByteSink sink = new ByteSink(source.byteOrder());
        new DiskdumpSubHeader(
                        source.info().number("phys_base").orElse(0),
                        dumpLevel,
                        0,
                        0,
                        0,
                        infoOffset,
                        infoSize,
                        notes.isEmpty() ? 0 : notesOffset,
                        DumpOutput.size(notes),
                        0,
                        0,
                        maxPfn)
                .write(sink, layout);
        output.write(blockSize, sink);
    }

    /// Writes a piece of both bitmaps.
    ///
    /// @param firstPfn the first page frame of the piece, a multiple of 32768
    /// @param memory which page frames the machine had; the `n`-th one is bit `n % 64` of word `n / 64`
    /// @param dumped which of them will be appended
    /// @throws IOException if it cannot be written
    public void select(long firstPfn, long[] memory, long[] dumped) throws IOException {
        writeBits(bitmapOffset(), firstPfn, memory);
        writeBits(bitmapOffset() + bitmapSize, firstPfn, dumped);
    }

    private void writeBits(long bitmap, long firstPfn, long[] words) throws IOException {
        long at = firstPfn / Byte.SIZE;
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(words.length * (long) Long.BYTES, bitmapSize - at))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(words, 0, bytes.capacity() / Long.BYTES);
        output.write(bitmap + at, bytes);
    }

    /// Reads back which page frames are to be appended, as [#select] was told.
    ///
    /// @param dumped filled
    /// @throws IOException if it cannot be read
    public void selected(long firstPfn, long[] dumped) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(dumped.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        output.read(bitmapOffset() + bitmapSize + firstPfn / Byte.SIZE, bytes);
        bytes.flip().asLongBuffer().get(dumped);
    }

    /// Makes room for the descriptors and writes the page of zeroes; after this, nothing is selected any more.
    ///
    /// @param pages how many were selected
    /// @throws IOException if it cannot be written
    public void beginPages(long pages) throws IOException {
        nextDescriptor = descriptorsOffset();
        zeroPage = nextDescriptor + pages * PageDescriptor.SIZE;
        nextData = zeroPage + blockSize;
        output.write(zeroPage, ByteBuffer.allocate(blockSize));
    }

    @Override
    public void append(PageBatch batch) throws IOException {
        ByteBuffer table = descriptors(batch.count());
        long data = nextData;
        for (int i = 0; i < batch.count(); i++) {
            switch (batch.kind(i)) {
                case STORED, COMPRESSED -> {
                    int flags = batch.kind(i) == PageBatch.Kind.COMPRESSED ? codec.flag() : 0;
                    put(table, data, batch.size(i), flags);
                    data += batch.size(i);
                }
                case ZERO -> put(table, zeroPage, blockSize, 0);
                case UNREADABLE -> put(table, 0, 0, 0);
                case EXCLUDED -> deselect(batch.pfn(i));
            }
        }
        output.write(nextData, batch.data());
        table.flip();
        int written = table.remaining();
        output.write(nextDescriptor, table);
        nextDescriptor += written;
        nextData = data;
    }

    private ByteBuffer descriptors(int count) {
        if (descriptors == null || descriptors.capacity() < count * PageDescriptor.SIZE) {
            descriptors = ByteBuffer.allocateDirect(count * PageDescriptor.SIZE).order(source.byteOrder());
        }
        return descriptors.clear();
    }

    /// As [PageDescriptor#write], without an object for each page.
    private static void put(ByteBuffer table, long offset, int size, int flags) {
        table.putLong(offset).putInt(size).putInt(flags).putLong(0);
    }

    /// Descriptors are counted by the ones before them, so a page that turns out not to be there has none.
    private void deselect(long pfn) throws IOException {
        long at = bitmapOffset() + bitmapSize + pfn / Byte.SIZE;
        ByteBuffer bits = ByteBuffer.allocate(1);
        output.read(at, bits);
        output.write(
                at, bits.put(0, (byte) (bits.get(0) & ~(1 << pfn % Byte.SIZE))).flip());
    }

    /// @param complete else the header keeps `DUMP_DH_COMPRESSED_INCOMPLETE`
    @Override
    public void finish(boolean complete) throws IOException {
        if (complete) {
            output.force();
            writeHeader(0);
        }
        output.force();
    }

    @Override
    public List<String> problems() {
        return List.of();
    }
}
