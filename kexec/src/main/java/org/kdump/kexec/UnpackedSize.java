package org.kdump.kexec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/// How large an initrd gets when the kernel unpacks it, as far as its compression tells at its start or end.
///
/// ```
/// gzip (RFC 1952)   1f 8b at the start; the last 4 bytes are the size modulo 2^32 (ISIZE)
/// zstd (RFC 8878)   28 b5 2f fd, then descriptor 1, [window 1], [dictionary 0-4], [content size 1-8]
/// cpio              as it is: "0707…"
/// ```
final class UnpackedSize {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int GZIP = 0x8b1f;
    private static final int ZSTD = 0xfd2fb528;
    private static final int[] DICTIONARY_ID_SIZE = {0, 1, 2, 4};
    // The shortest file that has all the fields asked for.
    private static final int SMALLEST = 18;

    private UnpackedSize() {}

    /// Bytes of the unpacked initrd: what it tells, and no less than it has now.
    static long atLeast(MemorySegment initrd) {
        return Math.max(initrd.byteSize(), told(initrd).orElse(0));
    }

    private static OptionalLong told(MemorySegment initrd) {
        if (initrd.byteSize() < SMALLEST) {
            return OptionalLong.empty();
        }
        if ((initrd.get(SHORT, 0) & 0xffff) == GZIP) {
            return OptionalLong.of(Integer.toUnsignedLong(initrd.get(INT, initrd.byteSize() - Integer.BYTES)));
        }
        return initrd.get(INT, 0) == ZSTD ? zstd(initrd) : OptionalLong.empty();
    }

    private static OptionalLong zstd(MemorySegment frame) {
        int descriptor = frame.get(ValueLayout.JAVA_BYTE, 4) & 0xff;
        boolean singleSegment = (descriptor & 0x20) != 0;
        int at = 5 + (singleSegment ? 0 : 1) + DICTIONARY_ID_SIZE[descriptor & 3];
        return switch (descriptor >>> 6) {
            case 0 ->
                singleSegment ? OptionalLong.of(frame.get(ValueLayout.JAVA_BYTE, at) & 0xff) : OptionalLong.empty();
            case 1 -> OptionalLong.of((frame.get(SHORT, at) & 0xffff) + 256);
            case 2 -> OptionalLong.of(Integer.toUnsignedLong(frame.get(INT, at)));
            default -> OptionalLong.of(frame.get(LONG, at));
        };
    }
}
