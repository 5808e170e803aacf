package org.kdump.kexec.image;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Optional;
import org.kdump.elf.ByteCursor;

/// An EFI zboot image: a program for UEFI that unpacks a kernel (Linux
/// `drivers/firmware/efi/libstub/zboot-header.S`). Little-endian.
///
/// ```
/// 0  "MZ"   4  "zimg"   8  payload offset 4   12  payload size 4   24  compression, text ended by NUL
/// ```
///
/// @param payload the compressed kernel; what compressed it is seen by its own first bytes
record Zboot(MemorySegment payload) {
    private static final int MZ = 0x5a4d;
    private static final int ZIMG = 0x676d697a;
    private static final int HEADER = 0x40;

    /// Empty if it is none.
    ///
    /// @throws org.kdump.elf.MalformedInputException if the payload lies outside the file
    static Optional<Zboot> read(String name, MemorySegment file) {
        if (file.byteSize() < HEADER) {
            return Optional.empty();
        }
        var cursor = new ByteCursor(name, 0, "zboot header", file, ByteOrder.LITTLE_ENDIAN);
        if (cursor.u16("MZ") != MZ || cursor.seek(4).s32("zimg") != ZIMG) {
            return Optional.empty();
        }
        long offset = cursor.u32("payload offset");
        long size = cursor.u32("payload size");
        return Optional.of(new Zboot(cursor.seek(offset).take("payload", size)));
    }
}
