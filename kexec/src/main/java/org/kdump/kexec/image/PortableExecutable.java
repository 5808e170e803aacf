package org.kdump.kexec.image;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.ByteCursor;

/// A program for UEFI, of which the sections are read (Microsoft's PE Format). Little-endian.
///
/// ```
/// 0x00  "MZ"    0x3c  the offset of: "PE\0\0", Machine 2, NumberOfSections 2, 12 more, SizeOfOptionalHeader 2, 2 more,
/// the optional header, and for each section 40 bytes:
///   0  Name 8   8  VirtualSize 4   12  VirtualAddress 4   16  SizeOfRawData 4   20  PointerToRawData 4   24  16 more
/// ```
///
/// @param sections in the file's order
record PortableExecutable(List<Section> sections) {
    /// @param name without its NULs
    /// @param content what the file has of it, without the padding
    record Section(String name, MemorySegment content) {}

    private static final int MZ = 0x5a4d;
    private static final int PE = 0x4550;
    private static final int PE_OFFSET = 0x3c;
    private static final int SMALLEST = 0x40;
    private static final int NAME_SIZE = 8;
    // What Windows takes, too.
    private static final int MOST_SECTIONS = 96;

    /// Empty if it is none.
    static Optional<PortableExecutable> read(String name, MemorySegment file) {
        if (file.byteSize() < SMALLEST) {
            return Optional.empty();
        }
        var cursor = new ByteCursor(name, 0, "PE", file, ByteOrder.LITTLE_ENDIAN);
        if (cursor.u16("e_magic") != MZ) {
            return Optional.empty();
        }
        long header = cursor.seek(PE_OFFSET).u32("e_lfanew");
        if (header > file.byteSize() - Integer.BYTES || cursor.seek(header).s32("Signature") != PE) {
            return Optional.empty();
        }
        cursor.skip(2);
        int count = cursor.u16("NumberOfSections");
        if (count > MOST_SECTIONS) {
            throw cursor.malformed("NumberOfSections", count + " are more than there can be");
        }
        cursor.skip(12);
        int optional = cursor.u16("SizeOfOptionalHeader");
        cursor.skip(2L + optional);
        List<Section> sections = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sections.add(section(cursor, file));
        }
        return Optional.of(new PortableExecutable(List.copyOf(sections)));
    }

    private static Section section(ByteCursor cursor, MemorySegment file) {
        String name = cursor.text("Name", NAME_SIZE);
        long virtualSize = cursor.u32("VirtualSize");
        cursor.u32("VirtualAddress");
        long rawSize = cursor.u32("SizeOfRawData");
        long offset = cursor.u32("PointerToRawData");
        cursor.skip(16);
        long size = Math.min(virtualSize, rawSize);
        if (size > 0 && offset > file.byteSize() - size) {
            throw cursor.malformed(
                    "PointerToRawData",
                    "section " + name + " of " + size + " bytes at " + offset + " ends after the file");
        }
        return new Section(name, size > 0 ? file.asSlice(offset, size) : MemorySegment.NULL);
    }
}
