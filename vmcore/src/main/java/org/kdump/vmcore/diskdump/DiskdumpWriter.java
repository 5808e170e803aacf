package org.kdump.vmcore.diskdump;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import org.kdump.elf.ByteSink;
import org.kdump.elf.Note;
import org.kdump.vmcore.Utsname;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.codec.PageCodec;

/// Writes a kdump-compressed dump, version 6; see [DiskdumpVmcore] for the file's map.
///
/// The order of calls: the constructor writes the headers, with notes and VMCOREINFO, marked incomplete; [#bitmaps]
/// each
/// window of page frames; [#startPages] once; [#append] the pages in the frames' order; [#finish]. What is in the file
/// at any moment opens as far as it goes. Nothing here grows with the machine's memory. For one thread.
public final class DiskdumpWriter {
    /// In the sizes given to [#append]: a page of zeroes, all of which share one page of the file.
    public static final int ZERO = -1;
    /// In the sizes given to [#append]: a page that could not be read; its descriptor stays empty.
    public static final int UNREADABLE = -2;

    private static final int WORD = 8;

    private final FileChannel out;
    private final DiskdumpLayout layout;
    private final ByteOrder order;
    private final DiskdumpHeader header;
    private final int block;
    private final long bitmapStart;
    private final long bitmapSize;
    private final long descriptorStart;
    private long nextDescriptor;
    private long zeroPage;
    private long dataEnd;

    /// Writes the headers.
    ///
    /// @param out an empty file, open for writing; stays the caller's to close
    /// @param source whose notes, VMCOREINFO and machine the dump is of
    /// @param utsname the kernel's
    /// @param level makedumpfile's dump level
    /// @param codec how most pages are compressed
    /// @param frames the page frame after the machine's last
    /// @throws IOException if it cannot be written
    public DiskdumpWriter(FileChannel out, Vmcore source, Utsname utsname, int level, PageCodec codec, long frames)
            throws IOException {
        this.out = out;
        this.order = source.byteOrder();
        this.layout = DiskdumpLayout.of(source.architecture());
        this.block = source.pageSize();
        byte[] info = source.info().text().getBytes(StandardCharsets.ISO_8859_1);
        byte[] notes = notes(source);
        long subHeaderBytes = DiskdumpSubHeader.size(layout) + WORD + notes.length + (long) info.length;
        int subHeaderBlocks = Math.toIntExact(blocks(subHeaderBytes));
        this.bitmapSize = Math.max(1, blocks((frames + 7) / 8)) * block;
        this.bitmapStart = (1L + subHeaderBlocks) * block;
        this.descriptorStart = bitmapStart + 2 * bitmapSize;
        int cpus = (int) source.notes().stream()
                .filter(note -> note.type() == Note.NT_PRSTATUS && note.name().equals("CORE"))
                .count();
        this.header = new DiskdumpHeader(
                DiskdumpHeader.NEWEST_VERSION,
                utsname,
                source.info().crashTime().orElse(0),
                0,
                codec.flag(),
                block,
                subHeaderBlocks,
                2 * bitmapSize / block,
                Math.min(frames, 0xffffffffL),
                0,
                0,
                0,
                0,
                cpus);
        write(0, headerBytes(header.status() | DiskdumpHeader.STATUS_INCOMPLETE));
        write(block, subHeader(source.info(), notes, info, level, frames));
    }

    private long blocks(long bytes) {
        return (bytes + block - 1) / block;
    }

    private byte[] notes(Vmcore source) {
        ByteSink sink = new ByteSink(order);
        source.notes().forEach(note -> Note.write(sink, note.name(), note.type(), note.bytes()));
        return sink.toByteArray();
    }

    private byte[] headerBytes(int status) {
        ByteSink sink = new ByteSink(order);
        new DiskdumpHeader(
                        header.version(),
                        header.utsname(),
                        header.seconds(),
                        header.microseconds(),
                        status,
                        header.blockSize(),
                        header.subHeaderBlocks(),
                        header.bitmapBlocks(),
                        header.maxMapnr(),
                        header.totalRamBlocks(),
                        header.deviceBlocks(),
                        header.writtenBlocks(),
                        header.currentCpu(),
                        header.cpus())
                .write(sink, layout);
        return sink.toByteArray();
    }

    private byte[] subHeader(VmcoreInfo info, byte[] notes, byte[] infoText, int level, long frames) {
        long noteOffset = block + DiskdumpSubHeader.size(layout) + WORD & -WORD;
        ByteSink sink = new ByteSink(order);
        new DiskdumpSubHeader(
                        info.number("phys_base").orElse(0),
                        level,
                        0,
                        0,
                        0,
                        noteOffset + notes.length,
                        infoText.length,
                        noteOffset,
                        notes.length,
                        0,
                        0,
                        frames)
                .write(sink, layout);
        sink.zeros(Math.toIntExact(noteOffset - block - sink.size()));
        return sink.bytes(notes).bytes(infoText).toByteArray();
    }

    /// Writes both bitmaps of a window of page frames.
    ///
    /// @param first the window's first frame, a multiple of 8
    /// @param present the machine's frames; bit 0 is `first`
    /// @param dumped the frames whose pages will be given to [#append]
    /// @throws IOException if it cannot be written
    public void bitmaps(long first, BitSet present, BitSet dumped) throws IOException {
        write(bitmapStart + first / 8, present.toByteArray());
        write(bitmapStart + bitmapSize + first / 8, dumped.toByteArray());
    }

    /// Reads back the frames of a window that are to be dumped.
    ///
    /// @param first the window's first frame, a multiple of 8
    /// @param frames how many, a multiple of 8
    /// @throws IOException if it cannot be read
    public BitSet dumped(long first, int frames) throws IOException {
        long at = bitmapStart + bitmapSize + first / 8;
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(frames / 8, descriptorStart - at));
        while (bytes.hasRemaining() && out.read(bytes, at + bytes.position()) > 0) {
            // The end of the file is where nothing was to be dumped any more.
        }
        return BitSet.valueOf(bytes.flip());
    }

    /// Makes room for the descriptors.
    ///
    /// @param count how many pages will be given to [#append]
    /// @throws IOException if it cannot be written
    public void startPages(long count) throws IOException {
        nextDescriptor = descriptorStart;
        zeroPage = descriptorStart + count * PageDescriptor.SIZE;
        dataEnd = zeroPage + block;
        write(zeroPage, new byte[block]);
    }

    /// Appends pages.
    ///
    /// @param count how many
    /// @param sizes of each page in the file, in bytes, or [#ZERO] or [#UNREADABLE]
    /// @param codecs of each page that has a size
    /// @param data the pages that have a size, one behind the other
    /// @param length bytes of `data` that are used
    /// @throws IOException if it cannot be written
    public void append(int count, int[] sizes, PageCodec[] codecs, byte[] data, int length) throws IOException {
        ByteSink descriptors = new ByteSink(order);
        long offset = dataEnd;
        for (int i = 0; i < count; i++) {
            switch (sizes[i]) {
                case ZERO -> new PageDescriptor(zeroPage, block, 0, 0).write(descriptors);
                case UNREADABLE -> new PageDescriptor(0, 0, 0, 0).write(descriptors);
                default -> {
                    new PageDescriptor(offset, sizes[i], codecs[i].flag(), 0).write(descriptors);
                    offset += sizes[i];
                }
            }
        }
        // Pages first: a descriptor in the file never points at what is not there yet.
        write(dataEnd, ByteBuffer.wrap(data, 0, length));
        write(nextDescriptor, descriptors.toByteArray());
        dataEnd = offset;
        nextDescriptor += (long) count * PageDescriptor.SIZE;
    }

    /// Takes the mark of the incomplete dump away and makes sure that all is on the disk.
    ///
    /// @param complete whether it is whole; if not the mark stays
    /// @throws IOException if it cannot be written
    public void finish(boolean complete) throws IOException {
        out.force(true);
        if (complete) {
            write(0, headerBytes(header.status()));
            out.force(true);
        }
    }

    /// Bytes of the file so far.
    public long size() {
        return dataEnd;
    }

    private void write(long position, byte[] bytes) throws IOException {
        write(position, ByteBuffer.wrap(bytes));
    }

    private void write(long position, ByteBuffer bytes) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += out.write(bytes, at);
        }
    }
}
