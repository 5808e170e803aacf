package org.kdump.debuginfo.btf;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Numbers;

/// The head of a BTF blob (`struct btf_header`, include/uapi/linux/btf.h), in the byte order that its magic tells.
///
/// ```
///  0 magic 2 (0xeb9f) | 2 version 1 | 3 flags 1 | 4 hdr_len 4
///  8 type_off 4 | 12 type_len 4 | 16 str_off 4 | 20 str_len 4
/// 24 layout_off 4 | 28 layout_len 4          only if hdr_len says so (since Linux 7.1)
/// ```
///
/// Offsets count from the end of the header.
///
/// @param order the byte order of all of the blob
/// @param types the type section: a row of 32-bit words
/// @param strings the string section
/// @param layout sizes of the kinds' records; empty in older kernels
record BtfHeader(ByteOrder order, MemorySegment types, MemorySegment strings, MemorySegment layout) {
    private static final int MAGIC = 0xeb9f;
    private static final int VERSION = 1;
    private static final int WITHOUT_LAYOUT = 24;
    private static final int WITH_LAYOUT = 32;
    /// No kernel comes near: BTF_MAX_TYPE is a million types, BTF_MAX_NAME_OFFSET 16 MiB of names.
    private static final int LARGEST_SECTION = 1 << 29;

    static BtfHeader read(String name, MemorySegment blob) {
        ByteCursor cursor = new ByteCursor(name, 0, "btf_header", blob, order(name, blob));
        cursor.skip(2);
        int version = cursor.u8("version");
        if (version != VERSION) {
            throw cursor.malformed("version", version + " is not known, only " + VERSION);
        }
        cursor.u8("flags");
        long length = cursor.u32("hdr_len");
        if (length < WITHOUT_LAYOUT || length > blob.byteSize()) {
            throw cursor.malformed("hdr_len", length + " cannot be the header's length");
        }
        MemorySegment types = section(cursor, length, "type");
        if (types.byteSize() % Integer.BYTES != 0) {
            throw cursor.malformed("type_len", types.byteSize() + " is no multiple of 4");
        }
        MemorySegment strings = section(cursor, length, "str");
        MemorySegment layout = length < WITH_LAYOUT ? blob.asSlice(0, 0) : section(cursor, length, "layout");
        return new BtfHeader(order(name, blob), types, strings, layout);
    }

    private static ByteOrder order(String name, MemorySegment blob) {
        if (blob.byteSize() >= 2) {
            short little = (short) Numbers.u16(blob, 0, ByteOrder.LITTLE_ENDIAN);
            if (little == (short) MAGIC) {
                return ByteOrder.LITTLE_ENDIAN;
            }
            if (little == Short.reverseBytes((short) MAGIC)) {
                return ByteOrder.BIG_ENDIAN;
            }
        }
        throw new MalformedInputException(name, 0, "btf_header", "magic", "this is not BTF");
    }

    private static MemorySegment section(ByteCursor cursor, long headerLength, String prefix) {
        long offset = cursor.u32(prefix + "_off");
        long length = cursor.u32(prefix + "_len");
        long next = cursor.position();
        if (length > LARGEST_SECTION) {
            throw cursor.malformed(prefix + "_len", length + " bytes are not believed");
        }
        MemorySegment section = cursor.seek(headerLength).skip(offset).take(prefix + "_len", length);
        cursor.seek(next);
        return section;
    }
}
