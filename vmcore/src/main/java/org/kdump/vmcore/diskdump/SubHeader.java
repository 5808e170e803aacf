package org.kdump.vmcore.diskdump;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.ByteSink;

/// `struct kdump_sub_header` of a 64-bit machine (makedumpfile's diskdump_mod.h), at the start of the second block.
///
/// ```
/// 0   phys_base 8         24  end_pfn 8               56  size_note 8           88  end_pfn_64 8   (v6)
/// 8   dump_level 4 (v1)   32  offset_vmcoreinfo 8 (v3) 64  offset_eraseinfo 8 (v5)  96  max_mapnr_64 8 (v6)
/// 12  split 4 (v2)        40  size_vmcoreinfo 8       72  size_eraseinfo 8
/// 16  start_pfn 8         48  offset_note 8 (v4)      80  start_pfn_64 8 (v6)
/// ```
///
/// Offsets are in bytes from the file's start. Fields that a version does not have are 0.
///
/// @param physicalBase `phys_base`
/// @param dumpLevel `dump_level`
/// @param split whether the dump is one of several files
/// @param startFrame first page frame of a split file
/// @param endFrame page frame after the last of a split file
/// @param infoOffset `offset_vmcoreinfo`
/// @param infoSize `size_vmcoreinfo`
/// @param noteOffset `offset_note`
/// @param noteSize `size_note`
/// @param eraseOffset `offset_eraseinfo`
/// @param eraseSize `size_eraseinfo`
/// @param maxMapNumber the page frame number after the last, in 64 bits; from version 6 on
public record SubHeader(
        long physicalBase,
        int dumpLevel,
        boolean split,
        long startFrame,
        long endFrame,
        long infoOffset,
        long infoSize,
        long noteOffset,
        long noteSize,
        long eraseOffset,
        long eraseSize,
        long maxMapNumber) {
    /// Bytes of the structure.
    public static final int SIZE = 104;

    static SubHeader read(String file, long offset, MemorySegment bytes, DiskdumpHeader header) {
        ByteOrder order = header.order();
        int version = header.version();
        ByteCursor cursor = new ByteCursor(file, offset, "kdump_sub_header", bytes, order);
        long physicalBase = cursor.u64("phys_base");
        int dumpLevel = cursor.s32("dump_level");
        boolean split = cursor.s32("split") != 0 && version >= 2;
        long start = cursor.u64("start_pfn");
        long end = cursor.u64("end_pfn");
        long infoOffset = since(version, 3, cursor.u64("offset_vmcoreinfo"));
        long infoSize = since(version, 3, cursor.u64("size_vmcoreinfo"));
        long noteOffset = since(version, 4, cursor.u64("offset_note"));
        long noteSize = since(version, 4, cursor.u64("size_note"));
        long eraseOffset = since(version, 5, cursor.u64("offset_eraseinfo"));
        long eraseSize = since(version, 5, cursor.u64("size_eraseinfo"));
        long start64 = cursor.u64("start_pfn_64");
        long end64 = cursor.u64("end_pfn_64");
        long maxMapNumber = cursor.u64("max_mapnr_64");
        boolean wide = version >= 6;
        return new SubHeader(
                physicalBase,
                dumpLevel,
                split,
                wide ? start64 : start,
                wide ? end64 : end,
                infoOffset,
                infoSize,
                noteOffset,
                noteSize,
                eraseOffset,
                eraseSize,
                wide ? maxMapNumber : header.maxMapNumber());
    }

    private static long since(int version, int first, long value) {
        return version >= first ? value : 0;
    }

    /// Writes the structure, [#SIZE] bytes.
    public void write(ByteSink sink) {
        sink.u64(physicalBase)
                .u32(dumpLevel)
                .u32(split ? 1 : 0)
                .u64(startFrame)
                .u64(endFrame)
                .u64(infoOffset)
                .u64(infoSize)
                .u64(noteOffset)
                .u64(noteSize)
                .u64(eraseOffset)
                .u64(eraseSize)
                .u64(startFrame)
                .u64(endFrame)
                .u64(maxMapNumber);
    }
}
