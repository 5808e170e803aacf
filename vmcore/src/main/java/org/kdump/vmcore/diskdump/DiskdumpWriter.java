package org.kdump.vmcore.diskdump;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ByteSource;
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
/// zeroes, pages that are to come first, then all others. A page's descriptor is written after its data, and the place
/// of one that is not written yet is a
/// hole of the file: a descriptor of zeroes, which readers know for a missing page. All pages of zeroes share the first
/// page of data, as makedumpfile has it; so do neighbours that are the same, as much of a mem_map is. The header
/// carries `DUMP_DH_COMPRESSED_INCOMPLETE` until the end.
///
/// Nothing here grows with the machine's memory: bitmaps go to the file piece by piece, and are read back from there.
public final class DiskdumpWriter implements DumpWriter {
    private static final int MICROSECONDS_UNKNOWN = 0;
    private static final byte[] NO_DESCRIPTOR = new byte[PageDescriptor.SIZE];

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
    /// Descriptors of pages that were written first and whose turn is still to come, by page frame number.
    private final NavigableMap<Long, ByteBuffer> early = new TreeMap<>();

    private long nextDescriptor;
    private long nextData;
    private long zeroPage;
    private int zeroChecksum;
    private long lastOffset;
    private int lastSize;
    private int lastFlags;
    private int lastChecksum;
    private long startPfn;
    private long endPfn = Long.MAX_VALUE;
    private byte[] subHeader = {};
    private final CRC32 memoryChecksum = new CRC32();
    private long memoryChecked;

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
        // A stream that is cut off lacks its end, and its header cannot be taken back.
        writeHeader(output.isStream() ? 0 : DiskdumpHeader.STATUS_INCOMPLETE);
        writeSubHeader();
        if (!output.isStream()) {
            writeChecksums(DiskdumpChecksums.UNFINISHED);
            output.extend(descriptorsOffset());
        }
    }

    /// Makes a dump say that it is incomplete, which came through a pipe and ended early.
    ///
    /// @param dump what was written to `output`
    /// @throws org.kdump.elf.MalformedInputException if it is no kdump-compressed dump
    /// @throws IOException if it cannot be read or written
    public static void markIncomplete(ByteSource dump, DumpOutput output) throws IOException {
        DiskdumpHeaders headers = DiskdumpHeaders.read(dump);
        ByteSink sink = new ByteSink(headers.order());
        DiskdumpHeader header = headers.header();
        header.withStatus(header.status() | DiskdumpHeader.STATUS_INCOMPLETE).write(sink, headers.layout());
        output.write(0, sink);
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
        output.write(0, header(status));
    }

    private ByteSink header(int status) {
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
        return sink;
    }

    private void writeChecksums(DiskdumpChecksums checksums) throws IOException {
        ByteSink sink = new ByteSink(source.byteOrder());
        checksums.write(sink);
        output.write(DiskdumpChecksums.OFFSET, sink);
    }

    private void writeSubHeader() throws IOException {
        List<Note> notes = source.notes();
        long notesOffset = blockSize + DiskdumpSubHeader.size(layout);
        long[] descriptions = output.writeNotes(notesOffset, notes, source.byteOrder());
        int info = first(notes, VmcoreInfo.NOTE_NAME);
        int erased = first(notes, DiskdumpSubHeader.ERASEINFO);
        ByteSink sink = new ByteSink(source.byteOrder());
        new DiskdumpSubHeader(
                        source.info().number("phys_base").orElse(0),
                        dumpLevel,
                        isPart() ? 1 : 0,
                        startPfn,
                        isPart() ? endPfn : 0,
                        info < 0 ? 0 : descriptions[info],
                        info < 0 ? 0 : notes.get(info).description().byteSize(),
                        notes.isEmpty() ? 0 : notesOffset,
                        DumpOutput.size(notes),
                        erased < 0 ? 0 : descriptions[erased],
                        erased < 0 ? 0 : notes.get(erased).description().byteSize(),
                        maxPfn)
                .write(sink, layout);
        subHeader = sink.toByteArray();
        output.write(blockSize, sink);
    }

    /// @return the index of the first note of that owner; -1 if there is none
    private static int first(List<Note> notes, String owner) {
        int index = 0;
        while (index < notes.size() && !notes.get(index).name().equals(owner)) {
            index++;
        }
        return index < notes.size() ? index : -1;
    }

    private boolean isPart() {
        return endPfn != Long.MAX_VALUE;
    }

    /// Writes a piece of both bitmaps.
    ///
    /// @param firstPfn the first page frame of the piece, a multiple of 32768
    /// @param memory which page frames the machine had; the `n`-th one is bit `n % 64` of word `n / 64`
    /// @param dumped which of them will be appended
    /// @throws IOException if it cannot be written
    public void select(long firstPfn, long[] memory, long[] dumped) throws IOException {
        ByteBuffer bits = writeBits(bitmapOffset(), firstPfn, memory);
        skipInChecksum(firstPfn / Byte.SIZE);
        memoryChecksum.update(bits);
        memoryChecked += bits.capacity();
        writeBits(bitmapOffset() + bitmapSize, firstPfn, dumped);
    }

    /// Windows without memory are not written, and are zeroes in the file.
    private void skipInChecksum(long to) {
        byte[] zeroes = new byte[blockSize];
        while (memoryChecked < to) {
            int count = (int) Math.min(blockSize, to - memoryChecked);
            memoryChecksum.update(zeroes, 0, count);
            memoryChecked += count;
        }
    }

    /// @return what was written
    private ByteBuffer writeBits(long bitmap, long firstPfn, long[] words) throws IOException {
        long at = firstPfn / Byte.SIZE;
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(words.length * (long) Long.BYTES, bitmapSize - at))
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(words, 0, bytes.capacity() / Long.BYTES);
        output.write(bitmap + at, bytes);
        return bytes.rewind();
    }

    /// Reads back which page frames are to be appended, as [#select] was told; not from a stream.
    ///
    /// @param dumped filled
    /// @throws IOException if it cannot be read
    public void selected(long firstPfn, long[] dumped) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(dumped.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        output.read(bitmapOffset() + bitmapSize + firstPfn / Byte.SIZE, bytes);
        bytes.flip().asLongBuffer().get(dumped);
    }

    /// Makes this file one part of several, before [#beginPages]: page frames outside the part may be appended, and are
    /// passed over.
    ///
    /// @param firstPfn the part's first page frame
    /// @param lastPfn the first page frame behind it
    /// @throws IOException if it cannot be written
    public void limit(long firstPfn, long lastPfn) throws IOException {
        startPfn = firstPfn;
        endPfn = lastPfn;
        writeSubHeader();
    }

    /// Makes room for the descriptors and writes the page of zeroes; after this, nothing is selected any more.
    ///
    /// @param pages how many were selected of this part
    /// @throws IOException if it cannot be written
    public void beginPages(long pages) throws IOException {
        nextDescriptor = descriptorsOffset();
        zeroPage = nextDescriptor + pages * PageDescriptor.SIZE;
        nextData = zeroPage + blockSize;
        output.write(zeroPage, ByteBuffer.allocate(blockSize));
        CRC32 checksum = new CRC32();
        checksum.update(new byte[blockSize]);
        zeroChecksum = (int) checksum.getValue();
    }

    /// Their descriptors go where they belong, and are remembered: [#append] passes over their places.
    @Override
    public boolean first(PageBatch batch, long[] places) throws IOException {
        long data = 0;
        List<ByteBuffer> tables = new ArrayList<>();
        for (int i = 0; i < batch.count(); i++) {
            ByteBuffer table = ByteBuffer.allocate(PageDescriptor.SIZE).order(source.byteOrder());
            describe(batch, i, nextData + data, table);
            data += batch.size(i);
            tables.add(table.flip());
        }
        boolean here = batch.count() > 0 && batch.pfn(batch.count() - 1) >= startPfn && batch.pfn(0) < endPfn;
        if (here) {
            output.write(nextData, batch.data());
            nextData += data;
        }
        for (int i = 0; i < batch.count(); i++) {
            if (batch.pfn(i) >= startPfn && batch.pfn(i) < endPfn) {
                output.write(
                        descriptorsOffset() + places[i] * PageDescriptor.SIZE,
                        tables.get(i).duplicate());
                early.put(batch.pfn(i), tables.get(i));
            }
        }
        return true;
    }

    /// Puts the descriptors of pages that were written first and come before a page.
    private void putEarly(long pfn, ByteBuffer table) {
        while (!early.isEmpty() && early.firstKey() < pfn) {
            table.put(early.pollFirstEntry().getValue());
        }
    }

    @Override
    public void append(PageBatch batch) throws IOException {
        ByteBuffer table = descriptors(batch.count() + early.size());
        long before = 0;
        long data = 0;
        for (int i = 0; i < batch.count(); i++) {
            if (batch.pfn(i) < startPfn) {
                before += batch.size(i);
            } else if (batch.pfn(i) < endPfn) {
                putEarly(batch.pfn(i), table);
                describe(batch, i, nextData + data, table);
                data += batch.size(i);
            }
        }
        output.write(nextData, batch.data().asSlice(before, data));
        table.flip();
        int written = table.remaining();
        output.write(nextDescriptor, table);
        nextDescriptor += written;
        nextData += data;
    }

    /// @param offset where the page's data goes
    private void describe(PageBatch batch, int index, long offset, ByteBuffer table) throws IOException {
        long pfn = batch.pfn(index);
        switch (batch.kind(index)) {
            case STORED, COMPRESSED -> {
                lastOffset = offset;
                lastSize = batch.size(index);
                lastFlags = batch.kind(index) == PageBatch.Kind.STORED ? 0 : codec.flag();
                lastChecksum = batch.checksum(index);
                put(table, lastOffset, lastSize, lastFlags, pfn, lastChecksum);
            }
            case REPEATED -> put(table, lastOffset, lastSize, lastFlags, pfn, lastChecksum);
            case ZERO -> put(table, zeroPage, blockSize, 0, pfn, zeroChecksum);
            case UNREADABLE -> table.put(NO_DESCRIPTOR);
            case EXCLUDED -> {
                if (output.isStream()) {
                    table.put(NO_DESCRIPTOR);
                } else {
                    deselect(pfn);
                }
            }
        }
    }

    private ByteBuffer descriptors(int count) {
        if (descriptors == null || descriptors.capacity() < count * PageDescriptor.SIZE) {
            descriptors = ByteBuffer.allocateDirect(count * PageDescriptor.SIZE).order(source.byteOrder());
        }
        return descriptors.clear();
    }

    /// As [PageDescriptor#write], without an object for each page.
    private static void put(ByteBuffer table, long offset, int size, int flags, long pfn, int checksum) {
        table.putLong(offset).putInt(size).putInt(flags).putLong(DiskdumpChecksums.pageFlags(pfn, checksum));
    }

    /// Descriptors are counted by the ones before them, so a page that turns out not to be there has none.
    private void deselect(long pfn) throws IOException {
        long at = bitmapOffset() + bitmapSize + pfn / Byte.SIZE;
        ByteBuffer bits = ByteBuffer.allocate(1);
        output.read(at, bits);
        output.write(
                at, bits.put(0, (byte) (bits.get(0) & ~(1 << pfn % Byte.SIZE))).flip());
    }

    /// @param complete else the header says `DUMP_DH_COMPRESSED_INCOMPLETE`
    @Override
    public void finish(boolean complete) throws IOException {
        output.force();
        int status = complete ? 0 : DiskdumpHeader.STATUS_INCOMPLETE;
        if (complete != output.isStream()) {
            writeHeader(status);
        }
        skipInChecksum(bitmapSize);
        writeChecksums(new DiskdumpChecksums(
                true,
                DiskdumpChecksums.ofHeaders(header(status).toByteArray(), subHeader, source.notes()),
                memoryChecksum.getValue()));
        output.force();
        output.end();
    }

    @Override
    public List<String> problems() {
        return List.of();
    }
}
