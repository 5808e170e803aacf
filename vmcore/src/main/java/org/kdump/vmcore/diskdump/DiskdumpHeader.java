package org.kdump.vmcore.diskdump;

import org.kdump.elf.ByteCursor;
import org.kdump.elf.ByteSink;
import org.kdump.vmcore.Utsname;

/// The first block of a kdump-compressed file, `struct disk_dump_header` (makedumpfile's diskdump_mod.h).
///
/// ```
/// offset on 64 bit / 32 bit
///   0   0  signature       8    "KDUMP   "
///   8   8  header_version  4    1 to 6
///  12  12  utsname       390    struct new_utsname, then padding to the word size
/// 408 404  timestamp       2w   struct timeval: seconds, microseconds    (w: 8 or 4 bytes)
/// 424 412  status          4    see STATUS_… below
/// 428 416  block_size      4    bytes of a block, which is the machine's page size
/// 432 420  sub_hdr_size    4    blocks
/// 436 424  bitmap_blocks   4    blocks of both bitmaps
/// 440 428  max_mapnr       4    page frames, cut to 32 bits; from version 6 on see the sub header
/// 444 432  total_ram_blocks 4
/// 448 436  device_blocks   4
/// 452 440  written_blocks  4
/// 456 444  current_cpu     4
/// 460 448  nr_cpus         4
/// ```
///
/// Numbers are in the byte order of the dumped machine.
///
/// @param version `header_version`
/// @param utsname of the crashed kernel; a hypervisor leaves most of it empty
/// @param seconds `timestamp.tv_sec`, since 1970
/// @param microseconds `timestamp.tv_usec`
/// @param status `status`, the bits below
/// @param blockSize `block_size` in bytes
/// @param subHeaderBlocks `sub_hdr_size` in blocks
/// @param bitmapBlocks `bitmap_blocks` in blocks, of both bitmaps
/// @param maxMapnr `max_mapnr`; only its low 32 bits are written
/// @param totalRamBlocks `total_ram_blocks`
/// @param deviceBlocks `device_blocks`
/// @param writtenBlocks `written_blocks`
/// @param currentCpu `current_cpu`, the CPU that took the dump
/// @param cpus `nr_cpus`
public record DiskdumpHeader(
        int version,
        Utsname utsname,
        long seconds,
        long microseconds,
        int status,
        int blockSize,
        int subHeaderBlocks,
        long bitmapBlocks,
        long maxMapnr,
        long totalRamBlocks,
        long deviceBlocks,
        long writtenBlocks,
        int currentCpu,
        int cpus) {
    /// What the file begins with.
    public static final String SIGNATURE = "KDUMP   ";
    /// The newest `header_version`.
    public static final int NEWEST_VERSION = 6;
    /// `DUMP_DH_COMPRESSED_ZLIB`: pages are compressed with zlib.
    public static final int STATUS_ZLIB = 0x1;
    /// `DUMP_DH_COMPRESSED_LZO`.
    public static final int STATUS_LZO = 0x2;
    /// `DUMP_DH_COMPRESSED_SNAPPY`.
    public static final int STATUS_SNAPPY = 0x4;
    /// `DUMP_DH_COMPRESSED_INCOMPLETE`: the writer ran out of space or time.
    public static final int STATUS_INCOMPLETE = 0x8;
    /// `DUMP_DH_EXCLUDED_VMEMMAP`: `struct page` of excluded pages are left out too.
    public static final int STATUS_EXCLUDED_VMEMMAP = 0x10;
    /// `DUMP_DH_COMPRESSED_ZSTD`.
    public static final int STATUS_ZSTD = 0x20;

    /// Bytes on disk.
    public static int size(DiskdumpLayout layout) {
        return layout == DiskdumpLayout.BITS64 ? 464 : 452;
    }

    /// Reads it at the cursor, signature included, without judging the values.
    public static DiskdumpHeader read(ByteCursor cursor, DiskdumpLayout layout) {
        cursor.skip(SIGNATURE.length());
        int version = cursor.s32("header_version");
        Utsname utsname = Utsname.read(cursor);
        cursor.skip(DiskdumpLayout.padding(SIGNATURE.length() + 4 + Utsname.SIZE, layout.wordSize()));
        return new DiskdumpHeader(
                version,
                utsname,
                word(cursor, layout, "timestamp.tv_sec"),
                word(cursor, layout, "timestamp.tv_usec"),
                cursor.s32("status"),
                cursor.s32("block_size"),
                cursor.s32("sub_hdr_size"),
                cursor.u32("bitmap_blocks"),
                cursor.u32("max_mapnr"),
                cursor.u32("total_ram_blocks"),
                cursor.u32("device_blocks"),
                cursor.u32("written_blocks"),
                cursor.s32("current_cpu"),
                cursor.s32("nr_cpus"));
    }

    static long word(ByteCursor cursor, DiskdumpLayout layout, String field) {
        return layout.wordSize() == 8 ? cursor.u64(field) : cursor.u32(field);
    }

    static void word(ByteSink sink, DiskdumpLayout layout, long value) {
        if (layout.wordSize() == 8) {
            sink.u64(value);
        } else {
            sink.u32(value);
        }
    }

    /// The same header of another `status`.
    DiskdumpHeader withStatus(int other) {
        return new DiskdumpHeader(
                version,
                utsname,
                seconds,
                microseconds,
                other,
                blockSize,
                subHeaderBlocks,
                bitmapBlocks,
                maxMapnr,
                totalRamBlocks,
                deviceBlocks,
                writtenBlocks,
                currentCpu,
                cpus);
    }

    /// Writes it, [#size] bytes; the rest of its block is the caller's to fill with zeroes.
    public void write(ByteSink sink, DiskdumpLayout layout) {
        sink.text(SIGNATURE, SIGNATURE.length()).u32(version);
        utsname.write(sink);
        sink.zeros(DiskdumpLayout.padding(SIGNATURE.length() + 4 + Utsname.SIZE, layout.wordSize()));
        word(sink, layout, seconds);
        word(sink, layout, microseconds);
        sink.u32(status).u32(blockSize).u32(subHeaderBlocks).u32(bitmapBlocks);
        sink.u32(maxMapnr).u32(totalRamBlocks).u32(deviceBlocks).u32(writtenBlocks);
        sink.u32(currentCpu).u32(cpus);
    }
}
