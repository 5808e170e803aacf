package org.kdump.elf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// A place in a few bytes, read field by field with every access checked.
///
/// It knows where its bytes stand in their file, so that what is found wrong is told with file, offset, structure and
/// field. Not safe for use by several threads.
public final class ByteCursor {

    private final String file;
    private final long base;
    private final String structure;
    private final MemorySegment bytes;
    private final ByteOrder order;
    private long position;

    /// @param file the file's name for errors
    /// @param base the offset in the file of the first of `bytes`
    /// @param structure the structure's name for errors
    /// @param bytes what is read; not copied
    /// @param order byte order of every number read
    public ByteCursor(String file, long base, String structure, MemorySegment bytes, ByteOrder order) {
        this.file = file;
        this.base = base;
        this.structure = structure;
        this.bytes = bytes;
        this.order = order;
    }

    /// Offset of the next byte, from the first of this cursor's bytes.
    public long position() {
        return position;
    }

    /// Bytes not yet read.
    public long remaining() {
        return bytes.byteSize() - position;
    }

    /// Goes to `offset`, counted from the first of this cursor's bytes.
    ///
    /// @throws MalformedInputException if that is outside
    public ByteCursor seek(long offset) {
        if (offset < 0 || offset > bytes.byteSize()) {
            throw malformed(
                    "", "offset 0x" + Long.toHexString(offset) + " lies outside its " + bytes.byteSize() + " bytes");
        }
        position = offset;
        return this;
    }

    /// Passes over `count` bytes.
    ///
    /// @throws MalformedInputException if there are fewer
    public ByteCursor skip(long count) {
        advance("", count);
        return this;
    }

    /// The next byte, unsigned.
    public int u8(String field) {
        return Numbers.u8(bytes, advance(field, 1));
    }

    /// The next two bytes, unsigned.
    public int u16(String field) {
        return Numbers.u16(bytes, advance(field, 2), order);
    }

    /// The next four bytes, signed.
    public int s32(String field) {
        return Numbers.s32(bytes, advance(field, 4), order);
    }

    /// The next four bytes, unsigned.
    public long u32(String field) {
        return Integer.toUnsignedLong(s32(field));
    }

    /// The next eight bytes; an address or a count that does not fit a signed long comes out negative.
    public long u64(String field) {
        return Numbers.s64(bytes, advance(field, 8), order);
    }

    /// The next address or offset: 4 bytes, unsigned, or 8.
    public long word(ElfClass elfClass, String field) {
        return elfClass == ElfClass.ELF64 ? u64(field) : u32(field);
    }

    /// The next `count` bytes, as a view.
    public MemorySegment take(String field, long count) {
        return bytes.asSlice(advance(field, count), count);
    }

    /// The next `count` bytes as text up to the first NUL, in ISO 8859-1 so that no byte is lost.
    public String text(String field, int count) {
        byte[] raw = take(field, count).toArray(ValueLayout.JAVA_BYTE);
        int length = 0;
        while (length < raw.length && raw[length] != 0) {
            length++;
        }
        return new String(raw, 0, length, StandardCharsets.ISO_8859_1);
    }

    /// An error about `field` of this cursor's structure, placed at the cursor.
    public MalformedInputException malformed(String field, String reason) {
        return new MalformedInputException(file, base + position, structure, field, reason);
    }

    private long advance(String field, long count) {
        long at = position;
        if (count < 0 || count > bytes.byteSize() - at) {
            throw malformed(
                    field,
                    "needs " + count + " bytes, but only " + remaining()
                            + " are left; the file is truncated or damaged");
        }
        position = at + count;
        return at;
    }
}
