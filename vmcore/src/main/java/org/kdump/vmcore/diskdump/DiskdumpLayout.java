package org.kdump.vmcore.diskdump;

import org.kdump.vmcore.Architecture;

/// How the C compiler of the dumped machine laid the headers out: they hold `long`, `struct timeval` and `off_t`.
public enum DiskdumpLayout {
    /// 64-bit machines: `long` has 8 bytes.
    BITS64(8, 8),
    /// i386: `long` has 4 bytes, and `off_t` of 8 bytes is aligned to 4.
    BITS32(4, 4),
    /// Other 32-bit machines: `long` has 4 bytes, and `off_t` of 8 bytes is aligned to 8.
    BITS32_ALIGNED(4, 8);

    private final int wordSize;
    private final int offsetAlignment;

    DiskdumpLayout(int wordSize, int offsetAlignment) {
        this.wordSize = wordSize;
        this.offsetAlignment = offsetAlignment;
    }

    /// The layout on that machine.
    public static DiskdumpLayout of(Architecture architecture) {
        if (architecture.bits() == 64) {
            return BITS64;
        }
        return architecture == Architecture.I386 ? BITS32 : BITS32_ALIGNED;
    }

    /// Bytes of a `long`.
    public int wordSize() {
        return wordSize;
    }

    /// What an `off_t` of 8 bytes is aligned to.
    int offsetAlignment() {
        return offsetAlignment;
    }

    /// Bytes of padding that bring `position` to a multiple of `alignment`.
    static int padding(long position, int alignment) {
        return (int) (-position & (alignment - 1));
    }
}
