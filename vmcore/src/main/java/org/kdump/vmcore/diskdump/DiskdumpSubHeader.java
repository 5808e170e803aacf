package org.kdump.vmcore.diskdump;

import org.kdump.elf.ByteCursor;
import org.kdump.elf.ByteSink;

/// The second header, at block 1, `struct kdump_sub_header` (makedumpfile's diskdump_mod.h).
///
/// ```
/// offset on 64 bit / i386 / other 32 bit
///   0   0   0  phys_base          w
///   8   4   4  dump_level         4   version 1 and later
///  12   8   8  split              4   version 2 and later
///  16  12  12  start_pfn          w   version 2 and later; cut to w, see start_pfn_64
///  24  16  16  end_pfn            w
///  32  20  24  offset_vmcoreinfo  8   version 3 and later
///  40  28  32  size_vmcoreinfo    w
///  48  32  40  offset_note        8   version 4 and later
///  56  40  48  size_note          w
///  64  44  56  offset_eraseinfo   8   version 5 and later
///  72  52  64  size_eraseinfo     w
///  80  56  72  start_pfn_64       8   version 6 and later
///  88  64  80  end_pfn_64         8
///  96  72  88  max_mapnr_64       8
/// ```
///
/// Numbers are in the byte order of the dumped machine; offsets count bytes from the file's start. Fields that a
/// version does not have are read as 0.
///
/// @param physBase `phys_base`: where the kernel was loaded, as the kernel counts it
/// @param dumpLevel `dump_level`: makedumpfile's `-d`
/// @param split `split`: not 0 if the file is one part of several
/// @param startPfn the part's first page frame
/// @param endPfn the first page frame behind the part
/// @param vmcoreinfoOffset `offset_vmcoreinfo` in bytes; the VMCOREINFO text without a note header
/// @param vmcoreinfoSize `size_vmcoreinfo` in bytes
/// @param noteOffset `offset_note` in bytes; ELF notes as in an ELF core
/// @param noteSize `size_note` in bytes
/// @param eraseinfoOffset `offset_eraseinfo` in bytes
/// @param eraseinfoSize `size_eraseinfo` in bytes
/// @param maxMapnr `max_mapnr_64`: page frames that the bitmaps cover; 0 before version 6
public record DiskdumpSubHeader(
        long physBase,
        int dumpLevel,
        int split,
        long startPfn,
        long endPfn,
        long vmcoreinfoOffset,
        long vmcoreinfoSize,
        long noteOffset,
        long noteSize,
        long eraseinfoOffset,
        long eraseinfoSize,
        long maxMapnr) {
    /// The owner of the note that tells what of memory was erased, as makedumpfile has it.
    public static final String ERASEINFO = "ERASEINFO";

    /// Bytes on disk.
    public static int size(DiskdumpLayout layout) {
        return switch (layout) {
            case BITS64 -> 104;
            case BITS32 -> 80;
            case BITS32_ALIGNED -> 96;
        };
    }

    /// Reads it at the cursor, whose first byte must be the header's, without judging the values.
    ///
    /// @param version `header_version`, which says what fields there are
    public static DiskdumpSubHeader read(ByteCursor cursor, DiskdumpLayout layout, int version) {
        long physBase = DiskdumpHeader.word(cursor, layout, "phys_base");
        int dumpLevel = since(1, version, cursor.s32("dump_level"));
        int split = since(2, version, cursor.s32("split"));
        long start = since(2, version, DiskdumpHeader.word(cursor, layout, "start_pfn"));
        long end = since(2, version, DiskdumpHeader.word(cursor, layout, "end_pfn"));
        long vmcoreinfoOffset = since(3, version, offset(cursor, layout, "offset_vmcoreinfo"));
        long vmcoreinfoSize = since(3, version, DiskdumpHeader.word(cursor, layout, "size_vmcoreinfo"));
        long noteOffset = since(4, version, offset(cursor, layout, "offset_note"));
        long noteSize = since(4, version, DiskdumpHeader.word(cursor, layout, "size_note"));
        long eraseinfoOffset = since(5, version, offset(cursor, layout, "offset_eraseinfo"));
        long eraseinfoSize = since(5, version, DiskdumpHeader.word(cursor, layout, "size_eraseinfo"));
        long wideStart = offset(cursor, layout, "start_pfn_64");
        long wideEnd = cursor.u64("end_pfn_64");
        long maxMapnr = cursor.u64("max_mapnr_64");
        return new DiskdumpSubHeader(
                physBase,
                dumpLevel,
                split,
                version >= 6 ? wideStart : start,
                version >= 6 ? wideEnd : end,
                vmcoreinfoOffset,
                vmcoreinfoSize,
                noteOffset,
                noteSize,
                eraseinfoOffset,
                eraseinfoSize,
                since(6, version, maxMapnr));
    }

    private static int since(int first, int version, int value) {
        return version >= first ? value : 0;
    }

    private static long since(int first, int version, long value) {
        return version >= first ? value : 0;
    }

    private static long offset(ByteCursor cursor, DiskdumpLayout layout, String field) {
        return cursor.skip(DiskdumpLayout.padding(cursor.position(), layout.offsetAlignment()))
                .u64(field);
    }

    /// Writes it as version 6, [#size] bytes.
    public void write(ByteSink sink, DiskdumpLayout layout) {
        int base = sink.size();
        DiskdumpHeader.word(sink, layout, physBase);
        sink.u32(dumpLevel).u32(split);
        DiskdumpHeader.word(sink, layout, startPfn);
        DiskdumpHeader.word(sink, layout, endPfn);
        pair(sink, base, layout, vmcoreinfoOffset, vmcoreinfoSize);
        pair(sink, base, layout, noteOffset, noteSize);
        pair(sink, base, layout, eraseinfoOffset, eraseinfoSize);
        pad(sink, base, layout).u64(startPfn).u64(endPfn).u64(maxMapnr);
    }

    private static void pair(ByteSink sink, int base, DiskdumpLayout layout, long offset, long size) {
        pad(sink, base, layout).u64(offset);
        DiskdumpHeader.word(sink, layout, size);
    }

    private static ByteSink pad(ByteSink sink, int base, DiskdumpLayout layout) {
        return sink.zeros(DiskdumpLayout.padding((long) sink.size() - base, layout.offsetAlignment()));
    }
}
