package org.kdump.vmcore.diskdump;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.ByteSource;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Architecture;

/// Both headers of a kdump-compressed file, read and judged.
///
/// Neither byte order nor word size is told by the file. `utsname.machine` tells the word size; where it is not
/// known, that layout is taken in which the sizes make sense.
///
/// @param maxMapnr page frames that the bitmaps cover
record DiskdumpHeaders(
        ByteOrder order, DiskdumpLayout layout, DiskdumpHeader header, DiskdumpSubHeader subHeader, long maxMapnr) {
    private static final int SMALLEST_BLOCK = 512;
    private static final int LARGEST_BLOCK = 1 << 20;
    private static final int MOST_SUB_HEADER_BLOCKS = 1 << 20;
    /// Frames of 2^52 bytes, the most that any 64-bit machine addresses, in pages of 512 bytes.
    private static final long MOST_FRAMES = 1L << 43;

    /// @throws MalformedInputException if they are cut off or cannot be true
    /// @throws IOException if the file cannot be read
    static DiskdumpHeaders read(ByteSource source) throws IOException {
        String file = source.name();
        MemorySegment bytes = source.slice(0, DiskdumpHeader.size(DiskdumpLayout.BITS64), "disk_dump_header");
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            for (DiskdumpLayout layout : new DiskdumpLayout[] {DiskdumpLayout.BITS64, DiskdumpLayout.BITS32}) {
                DiskdumpHeader header =
                        DiskdumpHeader.read(new ByteCursor(file, 0, "disk_dump_header", bytes, order), layout);
                if (makesSense(header, layout)) {
                    return read(source, order, layout, header);
                }
            }
        }
        throw new MalformedInputException(
                file, 8, "disk_dump_header", "", "its version and sizes make no sense; the file is damaged");
    }

    private static boolean makesSense(DiskdumpHeader header, DiskdumpLayout layout) {
        Architecture architecture = Architecture.ofUtsname(header.utsname().machine());
        return header.version() >= 0
                && header.version() <= DiskdumpHeader.NEWEST_VERSION
                && (architecture == Architecture.UNKNOWN || architecture.bits() == layout.wordSize() * Byte.SIZE)
                && header.blockSize() >= SMALLEST_BLOCK
                && header.blockSize() <= LARGEST_BLOCK
                && Integer.bitCount(header.blockSize()) == 1
                && header.subHeaderBlocks() > 0
                && header.subHeaderBlocks() <= MOST_SUB_HEADER_BLOCKS
                && header.bitmapBlocks() > 0;
    }

    private static DiskdumpHeaders read(
            ByteSource source, ByteOrder order, DiskdumpLayout wordSize, DiskdumpHeader header) throws IOException {
        Architecture architecture = Architecture.ofUtsname(header.utsname().machine());
        DiskdumpLayout layout = architecture == Architecture.UNKNOWN ? wordSize : DiskdumpLayout.of(architecture);
        long offset = header.blockSize();
        MemorySegment bytes = source.slice(offset, DiskdumpSubHeader.size(layout), "kdump_sub_header");
        ByteCursor cursor = new ByteCursor(source.name(), offset, "kdump_sub_header", bytes, order);
        DiskdumpSubHeader subHeader = DiskdumpSubHeader.read(cursor, layout, header.version());
        long maxMapnr = subHeader.maxMapnr() == 0 ? header.maxMapnr() : subHeader.maxMapnr();
        if (maxMapnr < 0 || maxMapnr > MOST_FRAMES || maxMapnr > header.bitmapBlocks() * header.blockSize() * 8) {
            throw cursor.malformed(
                    "max_mapnr_64",
                    Long.toUnsignedString(maxMapnr) + " page frames do not fit " + header.bitmapBlocks()
                            + " blocks of bitmap; the file is damaged");
        }
        return new DiskdumpHeaders(order, layout, header, subHeader, maxMapnr);
    }

    /// Where the bitmaps begin, in bytes.
    long bitmapOffset() {
        return (1L + header.subHeaderBlocks()) * header.blockSize();
    }

    /// Bytes of one bitmap.
    long bitmapSize() {
        long all = header.bitmapBlocks() * header.blockSize();
        return hasTwoBitmaps() ? all / 2 : all;
    }

    /// Whether there is a bitmap of memory and one of dumped pages, as in all but the oldest files.
    boolean hasTwoBitmaps() {
        long bitsOfBlock = header.blockSize() * 8L;
        return header.bitmapBlocks() >= (maxMapnr + bitsOfBlock - 1) / bitsOfBlock * 2;
    }

    /// Where the page descriptors begin, in bytes.
    long descriptorsOffset() {
        return bitmapOffset() + header.bitmapBlocks() * header.blockSize();
    }

    /// Whether the file is one part of several.
    boolean isSplit() {
        return subHeader.split() != 0;
    }

    /// The first page frame that this file may hold.
    long startPfn() {
        return isSplit() ? subHeader.startPfn() : 0;
    }

    /// The first page frame behind those that this file may hold.
    long endPfn() {
        return isSplit() ? subHeader.endPfn() : maxMapnr;
    }
}
