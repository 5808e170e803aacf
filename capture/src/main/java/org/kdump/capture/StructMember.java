package org.kdump.capture;

import java.nio.ByteOrder;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;

/// A member of `struct page`: in which of its words (`unsigned long`) it lies, and where there.
///
/// @param word counted from the start of the struct
/// @param shift bits below it
/// @param mask of its width
record StructMember(int word, int shift, long mask) {
    /// One that is always 0.
    static final StructMember NONE = new StructMember(0, 0, 0);

    /// A member of a number of bytes.
    ///
    /// @param key of VMCOREINFO, for errors
    /// @param structSize of the struct, in bytes
    /// @throws MalformedInputException if it does not lie in one word of the struct
    static StructMember of(Vmcore vmcore, String key, long offset, int bytes, int structSize) {
        int wordSize = vmcore.elfClass().wordSize();
        if (offset < 0 || offset + bytes > structSize || offset % wordSize + bytes > wordSize) {
            throw new MalformedInputException(
                    vmcore.name(),
                    -1,
                    VmcoreInfo.NOTE_NAME,
                    key,
                    offset + " is no place of " + bytes + " bytes in one of " + structSize);
        }
        int below = (int) (offset % wordSize);
        int inWord = vmcore.byteOrder() == ByteOrder.LITTLE_ENDIAN ? below : wordSize - bytes - below;
        return new StructMember((int) offset / wordSize, inWord * Byte.SIZE, -1L >>> Long.SIZE - bytes * Byte.SIZE);
    }

    /// The lowest bits of this one.
    StructMember low(int bits) {
        return new StructMember(word, shift, mask & (1L << bits) - 1);
    }

    /// Its value in the struct that begins with word `at`.
    long of(long[] words, int at) {
        return words[at + word] >>> shift & mask;
    }
}
