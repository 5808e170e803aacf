package org.kdump.vmcore.diskdump;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ByteSource;
import org.kdump.elf.Note;

/// Checksums that our writer adds to a kdump-compressed file, where readers that do not know them look at nothing: in
/// the first block, far behind the first header.
///
/// ```
/// 2048  signature  8   "KDUMPSUM"
/// 2056  version    4   1
/// 2060  finished   4   1 if the two below are filled in, which is last of all
/// 2064  headers    4   CRC-32 of both headers as they are in the end, and of the notes' descriptions
/// 2068  memory     4   CRC-32 of the first bitmap
/// ```
///
/// In the byte order of the dumped machine. A file that has this has one checksum more in each page descriptor, in the
/// field that nobody uses: `page_flags` is the CRC-32 of the page's data as it stands in the file in its low half, and
/// the low 32 bits of the page frame number in its high half. By the latter a bit that changed in the second bitmap is
/// found too. A file that another program made of such a one has none of this: it writes a first block of its own.
///
/// @param finished whether `headers` and `memory` say anything
/// @param headers as an unsigned 32-bit number
/// @param memory as an unsigned 32-bit number
record DiskdumpChecksums(boolean finished, long headers, long memory) {
    /// Where they stand, in bytes from the file's start.
    static final int OFFSET = 2048;

    private static final String SIGNATURE = "KDUMPSUM";
    private static final int VERSION = 1;
    private static final int SIZE = 24;

    /// Those of a file that is being written.
    static final DiskdumpChecksums UNFINISHED = new DiskdumpChecksums(false, 0, 0);

    /// Those of a file; empty if it has none.
    static Optional<DiskdumpChecksums> read(ByteSource source, DiskdumpHeaders headers) throws IOException {
        if (headers.header().blockSize() < OFFSET + SIZE) {
            return Optional.empty();
        }
        MemorySegment bytes = source.slice(OFFSET, SIZE, "checksums");
        ByteCursor cursor = new ByteCursor(source.name(), OFFSET, "checksums", bytes, headers.order());
        boolean known =
                cursor.text("signature", SIGNATURE.length()).equals(SIGNATURE) && cursor.u32("version") == VERSION;
        return known
                ? Optional.of(
                        new DiskdumpChecksums(cursor.u32("finished") != 0, cursor.u32("headers"), cursor.u32("memory")))
                : Optional.empty();
    }

    void write(ByteSink sink) {
        sink.text(SIGNATURE, SIGNATURE.length()).u32(VERSION).u32(finished ? 1 : 0);
        sink.u32(headers).u32(memory);
    }

    /// The checksum of the headers.
    ///
    /// @param header the bytes of the first one
    /// @param subHeader the bytes of the second one
    static long ofHeaders(byte[] header, byte[] subHeader, List<Note> notes) {
        CRC32 sum = new CRC32();
        sum.update(header);
        sum.update(subHeader);
        notes.forEach(note -> sum.update(note.description().asByteBuffer()));
        return sum.getValue();
    }

    /// What stands in `page_flags` of a page with such data.
    ///
    /// @param checksum the data's CRC-32
    static long pageFlags(long pfn, int checksum) {
        return pfn << Integer.SIZE | Integer.toUnsignedLong(checksum);
    }
}
