package org.kdump.kexec.image;

import java.lang.foreign.MemorySegment;

/// Where a multiboot kernel says that it is to be loaded, when it does not leave that to an ELF file's segments.
///
/// @param name the file's, for errors
/// @param headerOffset where its header stands in the file
/// @param header where the header comes to lie
/// @param load where its text starts, a physical address at or below `header`
/// @param loadEnd where what the file has ends, 0 for the file's end
/// @param bssEnd where its memory ends, 0 for `loadEnd`
record LoadAddresses(String name, long headerOffset, long header, long load, long loadEnd, long bssEnd) {
    /// All ones: the file is loaded from its start.
    static final long FROM_THE_START = 0xffff_ffffL;

    // As with ELF segments.
    private static final long LARGEST = 1L << 30;

    /// @param entry the physical address at which it is entered
    /// @throws ImageException if the addresses cannot be true
    MultibootImage image(MultibootImage.Protocol protocol, MemorySegment file, long entry) throws ImageException {
        long start = load == FROM_THE_START ? header - headerOffset : load;
        long skipped = headerOffset - (header - start);
        long size = loadEnd == 0 ? file.byteSize() - skipped : loadEnd - start;
        long memory = Math.max(bssEnd == 0 ? size : bssEnd - start, size);
        boolean sound = start >= 0
                && start <= header
                && skipped >= 0
                && size > 0
                && skipped <= file.byteSize() - size
                && memory <= LARGEST
                && entry >= start
                && entry < start + memory;
        if (!sound || start % Placement.PAGE_SIZE != 0) {
            throw new ImageException(
                    "%s: the addresses in its multiboot header cannot be: header 0x%x, load 0x%x to 0x%x, memory to 0x%x, entry 0x%x"
                            .formatted(name, header, load, loadEnd, bssEnd, entry));
        }
        return new MultibootImage(
                protocol,
                file.asSlice(skipped, size),
                Placement.at(start).below(Placement.FOUR_GIB),
                memory,
                entry - start);
    }
}
