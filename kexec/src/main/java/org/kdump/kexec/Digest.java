package org.kdump.kexec;

import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.kdump.kexec.purgatory.Region;

/// The SHA-256 that purgatory compares after the panic, over every byte that was given to the kernel, segment after
/// segment.
///
/// The zeroes after a segment's content are left out: they are the room in which a kernel unpacks itself, and it
/// relies on none of them, while to hash them takes longer than all the rest.
final class Digest {
    private static final long PIECE = 1 << 20;

    private Digest() {}

    static List<Region> regions(List<LoadPlan.Segment> segments) {
        return segments.stream()
                .map(segment ->
                        new Region(segment.range().start(), segment.content().byteSize()))
                .toList();
    }

    static byte[] of(List<LoadPlan.Segment> segments) {
        var sha256 = sha256();
        segments.forEach(segment -> update(sha256, segment.content()));
        return sha256.digest();
    }

    private static void update(MessageDigest sha256, MemorySegment content) {
        for (long at = 0; at < content.byteSize(); at += PIECE) {
            sha256.update(content.asSlice(at, Math.min(PIECE, content.byteSize() - at))
                    .asByteBuffer());
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            // Every Java platform has it (java.security.MessageDigest's documentation).
            throw new AssertionError(impossible);
        }
    }
}
