package org.kdump.vmcore.flattened;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// The start of a file in makedumpfile's flattened format, and what its parts begin with (makedumpfile.h).
///
/// ```
///    0  signature   16   "makedumpfile", NUL
///   16  type         8   1
///   24  version      8   1
///   32  zeroes up to 4096
/// 4096  records, each: offset 8 (in the dump), buf_size 8 (bytes that follow), the bytes
///       the end: offset -1, buf_size -1
/// ```
///
/// Numbers are big-endian on every machine. Of two records for the same bytes the later counts; what no record is for
/// reads as zeroes. The format is the order of writing, kept: so a dump whose headers come last fits a pipe.
final class FlattenedHeader {
    /// Bytes before the first record.
    static final int SIZE = 4096;
    /// Bytes of what stands before a record's own.
    static final int RECORD = 16;
    /// Both numbers of the record that is the end.
    static final long END = -1;

    private static final String SIGNATURE = "makedumpfile";
    private static final int SIGNATURE_SIZE = 16;
    private static final long TYPE = 1;
    private static final long VERSION = 1;

    private FlattenedHeader() {}

    static ByteBuffer start() {
        ByteBuffer bytes = ByteBuffer.allocate(SIZE).order(ByteOrder.BIG_ENDIAN);
        bytes.put(SIGNATURE.getBytes(StandardCharsets.US_ASCII)).position(SIGNATURE_SIZE);
        return bytes.putLong(TYPE).putLong(VERSION).rewind();
    }

    /// Whether `bytes`, [#SIZE] of them, are such a start of a version that is known.
    static boolean isStart(ByteBuffer bytes) {
        ByteBuffer expected = start();
        int known = SIGNATURE_SIZE + 2 * Long.BYTES;
        return bytes.slice(bytes.position(), known).equals(expected.slice(0, known));
    }

    static ByteBuffer record(long offset, long size) {
        return ByteBuffer.allocate(RECORD).putLong(offset).putLong(size).flip();
    }
}
