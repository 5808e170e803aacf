package org.kdump.kexec.image;

import java.lang.foreign.MemorySegment;

/// A kernel that is started as the Multiboot Specification says, version 1 or 2: hypervisors such as Xen, and kernels
/// that are not Linux.
///
/// @param protocol which of the two
/// @param content from its load address on
/// @param placement where it can lie
/// @param memorySize bytes of all its segments
/// @param entryOffset from its load address on
public record MultibootImage(
        Protocol protocol, MemorySegment content, Placement placement, long memorySize, long entryOffset)
        implements KernelImage {
    /// The version of the specification.
    public enum Protocol {
        /// Multiboot Specification 0.6.96.
        MULTIBOOT("multiboot", 0x2badb002),
        /// Multiboot2 Specification 2.0.
        MULTIBOOT2("multiboot2", 0x36d76289);

        private final String word;
        private final int loaderMagic;

        Protocol(String word, int loaderMagic) {
            this.word = word;
            this.loaderMagic = loaderMagic;
        }

        /// What the kernel finds in EAX.
        public int loaderMagic() {
            return loaderMagic;
        }
    }

    @Override
    public long entry(long address) {
        return address + entryOffset;
    }

    @Override
    public boolean entersIn32BitMode() {
        return true;
    }

    @Override
    public String kind() {
        return protocol.word + " kernel";
    }
}
