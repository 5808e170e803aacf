package org.kdump.elf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// A section of NUL-ended strings, each known by its offset.
record StringTable(String file, long base, MemorySegment bytes) {
    /// The string that starts at `offset`.
    ///
    /// @throws MalformedInputException if that is outside the table, or the string has no end
    String at(int offset) {
        long start = Integer.toUnsignedLong(offset);
        if (offset == 0 && bytes.byteSize() == 0) {
            return "";
        }
        for (long end = start; end < bytes.byteSize(); end++) {
            if (Numbers.u8(bytes, end) == 0) {
                byte[] text = bytes.asSlice(start, end - start).toArray(ValueLayout.JAVA_BYTE);
                return new String(text, StandardCharsets.ISO_8859_1);
            }
        }
        throw new MalformedInputException(
                file, base, "string table", "", "no string ends after its offset 0x" + Long.toHexString(start));
    }
}
