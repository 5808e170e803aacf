package org.kdump.kexec;

import java.util.List;

/// Whether a kernel can start in the memory reserved for it, as far as that can be told without starting it. The
/// kernel's own check lets pass what then panics for want of memory, in the one moment it was needed.
///
/// @param kernel bytes the kernel takes to start (`init_size`)
/// @param initrd bytes of initrd as loaded, 0 for none
/// @param unpacked bytes of it once unpacked, at the least
record Sizing(long kernel, long initrd, long unpacked) {
    private static final long MIB = 1 << 20;

    // Page structures, per-CPU memory, slabs and a first process. Measured with one CPU and a small initrd, a kernel
    // started with the memory on the left and ran out with that on the right, less what is counted here: 5.10: 15 and
    // 7 MiB, 6.1: 19 and 17, 6.12: 5 and unknown, 7.2: 16 and 8.
    private static final long TO_START = 16 * MIB;
    private static final long STEP = 32 * MIB;

    /// @throws KexecException if the reservations are smaller than the kernel needs
    void require(List<AddressRange> reservations) throws KexecException {
        long reserved = reservations.stream().mapToLong(AddressRange::size).sum();
        if (reserved < need()) {
            throw new KexecException(
                    ("%d MiB are reserved, too little for this kernel to start in: it needs about %d MiB"
                                    + " (kernel %d, initrd %d, unpacked %d, to start %d); boot with crashkernel=%dM")
                            .formatted(
                                    mebibytes(reserved),
                                    mebibytes(need()),
                                    mebibytes(kernel),
                                    mebibytes(initrd),
                                    mebibytes(unpacked),
                                    mebibytes(TO_START),
                                    mebibytes(Math.ceilDiv(need(), STEP) * STEP)));
        }
    }

    private long need() {
        return kernel + initrd + unpacked + TO_START;
    }

    static long mebibytes(long bytes) {
        return Math.ceilDiv(bytes, MIB);
    }
}
