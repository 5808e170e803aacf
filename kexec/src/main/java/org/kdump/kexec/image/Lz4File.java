package org.kdump.kexec.image;

import io.airlift.compress.v3.lz4.Lz4JavaDecompressor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.kdump.elf.ByteCursor;

/// A file that `lz4` made: blocks in one of two frames (lz4's `doc/lz4_Frame_format.md`). Little-endian.
///
/// ```
/// frame:   04 22 4d 18, FLG 1 (bits 7-6: version 1, 5: blocks stand alone, 4: block checksums, 3: content size,
///          2: content checksum, 0: dictionary), BD 1 (bits 6-4: 4 to 7 for blocks of 64 KiB to 4 MiB),
///          [content size 8], [dictionary 4], header checksum 1
///          blocks: size 4 (bit 31: not compressed), data, [checksum 4]; size 0 ends, [content checksum 4] follows
/// legacy:  02 21 4c 18, blocks of 8 MiB: size 4, data; the end of the file ends, or another frame's first bytes
/// ```
///
/// The checksums, a kind of their own (xxHash), are passed over: a damaged block rarely makes a kernel, and a damaged
/// kernel is not entered, for it does not unpack itself.
final class Lz4File {
    static final int MAGIC = 0x184d2204;
    static final int LEGACY_MAGIC = 0x184c2102;

    private static final int LEGACY_BLOCK = 8 << 20;
    private static final int SMALLEST_BLOCK = 64 << 10;
    private static final int NOT_COMPRESSED = 1 << 31;

    private final String name;
    private final ByteCursor cursor;
    private final Unpacked unpacked;
    private final Lz4JavaDecompressor decompressor = new Lz4JavaDecompressor();

    private Lz4File(String name, MemorySegment file, Unpacked unpacked) {
        this.name = name;
        this.cursor = new ByteCursor(name, 0, "lz4 frame", file, ByteOrder.LITTLE_ENDIAN);
        this.unpacked = unpacked;
    }

    /// Unpacks all frames of the file.
    ///
    /// @throws ImageException if it is damaged, or made in a way that is not supported
    static void unpack(String name, MemorySegment file, Unpacked unpacked) throws IOException {
        var lz4 = new Lz4File(name, file, unpacked);
        while (lz4.cursor.remaining() >= Integer.BYTES) {
            switch (lz4.cursor.s32("magic")) {
                case MAGIC -> lz4.frame();
                case LEGACY_MAGIC -> lz4.legacyFrame();
                default -> throw lz4.cursor.malformed("magic", "no lz4 frame follows the first");
            }
        }
    }

    private void frame() throws IOException {
        int flags = cursor.u8("FLG");
        int block = cursor.u8("BD") >> 4 & 7;
        boolean alone = (flags & 1 << 5) != 0;
        boolean dictionary = (flags & 1) != 0;
        if (flags >> 6 != 1 || block < 4) {
            throw cursor.malformed("FLG", "no frame of version 1");
        }
        if (!alone || dictionary) {
            throw new ImageException(
                    name + ": its lz4 blocks need one another (-BD) or a dictionary (-D);" + " compress it without");
        }
        cursor.skip((flags & 1 << 3) != 0 ? 8 : 0).skip(1);
        int largest = SMALLEST_BLOCK << 2 * (block - 4);
        MemorySegment room = MemorySegment.ofArray(new byte[largest]);
        for (int size = cursor.s32("block size"); size != 0; size = cursor.s32("block size")) {
            block(size & ~NOT_COMPRESSED, (size & NOT_COMPRESSED) == 0, room);
            cursor.skip((flags & 1 << 4) != 0 ? 4 : 0);
        }
        cursor.skip((flags & 1 << 2) != 0 ? 4 : 0);
    }

    private void legacyFrame() throws IOException {
        MemorySegment room = MemorySegment.ofArray(new byte[LEGACY_BLOCK]);
        while (cursor.remaining() >= Integer.BYTES) {
            int size = cursor.s32("block size");
            if (size == MAGIC || size == LEGACY_MAGIC) {
                cursor.seek(cursor.position() - Integer.BYTES);
                return;
            }
            block(size, true, room);
        }
    }

    private void block(int size, boolean compressed, MemorySegment room) throws IOException {
        MemorySegment data = cursor.take("block", Integer.toUnsignedLong(size));
        unpacked.add(compressed ? room.asSlice(0, decompress(data, room)) : data);
    }

    private int decompress(MemorySegment data, MemorySegment room) {
        try {
            return decompressor.decompress(data, room);
        } catch (io.airlift.compress.v3.MalformedInputException | IllegalArgumentException damaged) {
            throw cursor.malformed("block", "does not unpack: " + damaged.getMessage());
        }
    }
}
