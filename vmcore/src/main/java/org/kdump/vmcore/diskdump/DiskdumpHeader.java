package org.kdump.vmcore.diskdump;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.ByteSink;
import org.kdump.elf.MalformedInputException;

/// The header of a kdump-compressed dump, `struct disk_dump_header` of a 64-bit machine (makedumpfile's
/// diskdump_mod.h).
/// It fills the file's first block.
///
/// ```
/// 0    signature[8] "KDUMP   "      424  status 4 (DumpFlags)     444  total_ram_blocks 4
/// 8    header_version 4             428  block_size 4             448  device_blocks 4
/// 12   new_utsname 6 × 65           432  sub_hdr_size 4 (blocks)  452  written_blocks 4
/// 402  padding                      436  bitmap_blocks 4          456  current_cpu 4
/// 408  timeval: seconds 8, µs 8     440  max_mapnr 4              460  nr_cpus 4
/// ```
///
/// @param order byte order of the whole file, the dumped machine's
/// @param version `header_version`, 1 to 6
/// @param utsname sysname, nodename, release, version, machine, domainname
/// @param timestamp `timestamp.tv_sec`: seconds since 1970
/// @param status bits of [DumpFlags]
/// @param blockSize `block_size`: bytes of a page
/// @param subHeaderBlocks `sub_hdr_size`, in blocks
/// @param bitmapBlocks `bitmap_blocks`: blocks of both bitmaps together
/// @param maxMapNumber `max_mapnr`: the page frame number after the last, cut to 32 bits from version 6 on
/// @param currentCpu `current_cpu`
/// @param cpus `nr_cpus`
public record DiskdumpHeader(
        ByteOrder order,
        int version,
        List<String> utsname,
        long timestamp,
        int status,
        int blockSize,
        int subHeaderBlocks,
        int bitmapBlocks,
        long maxMapNumber,
        int currentCpu,
        int cpus) {
    /// Bytes of the structure.
    public static final int SIZE = 464;
    /// The version written here, and the newest.
    public static final int VERSION = 6;

    private static final byte[] SIGNATURE = "KDUMP   ".getBytes(StandardCharsets.US_ASCII);
    private static final int UTSNAME_FIELD = 65;
    private static final int UTSNAME_FIELDS = 6;
    private static final int TIMESTAMP = 408;

    /// Whether `start` begins as a kdump-compressed dump does.
    public static boolean isDiskdump(MemorySegment start) {
        return start.byteSize() >= SIGNATURE.length
                && start.asSlice(0, SIGNATURE.length).mismatch(MemorySegment.ofArray(SIGNATURE)) == -1;
    }

    /// Reads and checks the header.
    ///
    /// @param file the file's name, for errors
    /// @param bytes the start of the file
    /// @throws MalformedInputException if it is cut off, or cannot be true, or is of a 32-bit machine
    static DiskdumpHeader read(String file, MemorySegment bytes) {
        ByteOrder order = order(file, bytes);
        ByteCursor cursor = new ByteCursor(file, 0, "disk_dump_header", bytes, order);
        cursor.skip(SIGNATURE.length);
        int version = cursor.s32("header_version");
        String[] utsname = new String[UTSNAME_FIELDS];
        for (int i = 0; i < utsname.length; i++) {
            utsname[i] = cursor.text("utsname", UTSNAME_FIELD);
        }
        refuse32Bit(cursor, utsname[4]);
        cursor.seek(TIMESTAMP);
        long timestamp = cursor.u64("timestamp.tv_sec");
        cursor.skip(8);
        int status = cursor.s32("status");
        int blockSize = cursor.s32("block_size");
        int subHeaderBlocks = cursor.s32("sub_hdr_size");
        int bitmapBlocks = cursor.s32("bitmap_blocks");
        long maxMapNumber = cursor.u32("max_mapnr");
        cursor.skip(12);
        int currentCpu = cursor.s32("current_cpu");
        int cpus = cursor.s32("nr_cpus");
        check(cursor, blockSize, subHeaderBlocks, bitmapBlocks);
        return new DiskdumpHeader(
                order,
                version,
                List.of(utsname),
                timestamp,
                status,
                blockSize,
                subHeaderBlocks,
                bitmapBlocks,
                maxMapNumber,
                currentCpu,
                cpus);
    }

    /// The version, a small number, tells the byte order.
    private static ByteOrder order(String file, MemorySegment bytes) {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            ByteCursor cursor = new ByteCursor(file, 0, "disk_dump_header", bytes, order);
            int version =
                    cursor.seek(Math.min(SIGNATURE.length, bytes.byteSize())).s32("header_version");
            if (version >= 1 && version <= VERSION) {
                return order;
            }
        }
        throw new MalformedInputException(
                file,
                SIGNATURE.length,
                "disk_dump_header",
                "header_version",
                "0x" + Integer.toHexString(bytes.get(ValueLayout.JAVA_INT_UNALIGNED, SIGNATURE.length))
                        + " is none of 1 to " + VERSION);
    }

    private static void refuse32Bit(ByteCursor cursor, String machine) {
        if (machine.matches("i[3-6]86|arm.*|ppc|mips|s390")) {
            throw cursor.malformed("utsname.machine", "dumps of 32-bit machines (" + machine + ") are not handled yet");
        }
    }

    private static void check(ByteCursor cursor, int blockSize, int subHeaderBlocks, int bitmapBlocks) {
        if (Integer.bitCount(blockSize) != 1 || blockSize < 1024 || blockSize > 1 << 20) {
            throw cursor.malformed("block_size", blockSize + " is no page size");
        }
        if (subHeaderBlocks < 1 || subHeaderBlocks > 1 << 24) {
            throw cursor.malformed("sub_hdr_size", subHeaderBlocks + " blocks cannot be");
        }
        if (bitmapBlocks < 2) {
            throw cursor.malformed("bitmap_blocks", bitmapBlocks + " blocks cannot hold two bitmaps");
        }
    }

    /// Writes the structure, [#SIZE] bytes.
    ///
    /// @throws IllegalArgumentException if the sink has another byte order
    public void write(ByteSink sink) {
        sink.bytes(SIGNATURE).u32(version);
        for (int i = 0; i < UTSNAME_FIELDS; i++) {
            sink.text(utsname.get(i), UTSNAME_FIELD);
        }
        sink.zeros(6)
                .u64(timestamp)
                .u64(0)
                .u32(status)
                .u32(blockSize)
                .u32(subHeaderBlocks)
                .u32(bitmapBlocks)
                .u32(Math.min(maxMapNumber, 0xffffffffL))
                .u32(0)
                .u32(0)
                .u32(0)
                .u32(currentCpu)
                .u32(cpus);
    }

    /// The same header with another status.
    public DiskdumpHeader withStatus(int newStatus) {
        return new DiskdumpHeader(
                order,
                version,
                utsname,
                timestamp,
                newStatus,
                blockSize,
                subHeaderBlocks,
                bitmapBlocks,
                maxMapNumber,
                currentCpu,
                cpus);
    }

    /// Six names for `utsname`, empty where there are fewer.
    public static List<String> utsname(String... names) {
        String[] all = Arrays.copyOf(names, UTSNAME_FIELDS);
        for (int i = 0; i < all.length; i++) {
            all[i] = all[i] == null ? "" : all[i];
        }
        return List.of(all);
    }
}
