package org.kdump.kexec.image;

import java.lang.foreign.MemorySegment;

/// A kernel that can be loaded: what its file says of its place in memory and of how it is entered.
public sealed interface KernelImage permits LinuxImage, MultibootImage {
    /// What of the file is loaded, in one piece.
    MemorySegment content();

    /// Bytes that it takes from its load address on until it has found its own memory; what `content` has less is
    /// zero.
    long memorySize();

    /// Where it can lie.
    Placement placement();

    /// Where it is entered if it is loaded at `address`.
    long entry(long address);

    /// Whether it is entered in 32-bit mode without paging, so that all that it is told lies below 4 GiB.
    boolean entersIn32BitMode();

    /// What it is, for people.
    String kind();
}
