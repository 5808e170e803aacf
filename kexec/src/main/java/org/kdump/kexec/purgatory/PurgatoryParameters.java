package org.kdump.kexec.purgatory;

import java.util.List;

/// What purgatory is told when it is loaded. All addresses are physical.
///
/// @param backupSource where the memory to be backed up starts
/// @param backupDestination where it is copied to; the two must not overlap
/// @param backupSize bytes to copy, 0 for none
/// @param regions what is hashed, one after the other as one message; at most [#MAXIMUM_REGIONS]
/// @param digest the expected SHA-256 of them, [#DIGEST_SIZE] bytes
/// @param kernel how the new kernel is entered
/// @param serial where messages go
/// @param verbose whether to speak when all is well, too
public record PurgatoryParameters(
        long backupSource,
        long backupDestination,
        long backupSize,
        List<Region> regions,
        byte[] digest,
        KernelEntry kernel,
        SerialLine serial,
        boolean verbose) {
    /// Regions that purgatory has room for; the kernel takes as many segments (`KEXEC_SEGMENT_MAX`).
    public static final int MAXIMUM_REGIONS = 16;

    /// Bytes of a SHA-256 digest.
    public static final int DIGEST_SIZE = 32;

    /// @throws IllegalArgumentException if purgatory could not do what it is told
    public PurgatoryParameters {
        regions = List.copyOf(regions);
        digest = digest.clone();
        require(
                regions.size() <= MAXIMUM_REGIONS,
                regions.size() + " regions, but purgatory has room for " + MAXIMUM_REGIONS);
        require(digest.length == DIGEST_SIZE, "a SHA-256 digest has 32 bytes, not " + digest.length);
        long source = new Region(backupSource, backupSize).start();
        long destination = new Region(backupDestination, backupSize).start();
        require(
                Math.abs(source - destination) >= backupSize,
                "the backup of 0x" + hex(backupSize) + " bytes at 0x" + hex(source) + " would overwrite itself at 0x"
                        + hex(destination));
    }

    /// A copy of the digest.
    @Override
    public byte[] digest() {
        return digest.clone();
    }

    private static String hex(long value) {
        return Long.toHexString(value);
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
