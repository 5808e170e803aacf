package org.kdump.kexec.image;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.MalformedInputException;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.XZInputStream;

/// What a file may be compressed with, known by its first bytes. Each has that of its own tool: members, frames or
/// streams may follow one another.
enum Compression {
    GZIP(0x0008_8b1f, 0xff_ffff),
    ZSTD(0xfd2f_b528, -1),
    XZ(0x587a_37fd, -1),
    LZ4(Lz4File.MAGIC, -1),
    LZ4_LEGACY(Lz4File.LEGACY_MAGIC, -1);

    // xz -9 needs 64 MiB, all of it of the heap.
    private static final long MOST_FOR_XZ = 128 << 20;

    private final int magic;
    private final int mask;

    /// @param magic the first four bytes, little-endian
    /// @param mask what of them counts
    Compression(int magic, int mask) {
        this.magic = magic;
        this.mask = mask;
    }

    /// What the file is compressed with, if it is.
    static Optional<Compression> of(MemorySegment file) {
        if (file.byteSize() < Integer.BYTES) {
            return Optional.empty();
        }
        int start = new ByteCursor("", 0, "", file, ByteOrder.LITTLE_ENDIAN).s32("");
        return Arrays.stream(values())
                .filter(one -> (start & one.mask) == one.magic)
                .findFirst();
    }

    /// What people call it.
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /// Unpacks the file.
    ///
    /// @param name the file's, for errors
    /// @param limit bytes that it may unpack to
    /// @param arena what the result is allocated in
    /// @throws ImageException if it is damaged, or larger
    MemorySegment unpack(String name, MemorySegment file, long limit, Arena arena) throws IOException {
        try (var unpacked = new Unpacked(name, limit)) {
            switch (this) {
                case GZIP -> addAll(unpacked, new GZIPInputStream(new SegmentInput(file)));
                case ZSTD -> addAll(unpacked, new ZstdInputStreamNoFinalizer(new SegmentInput(file)));
                case XZ -> addAll(unpacked, new XZInputStream(new SegmentInput(file), memoryForXz()));
                case LZ4, LZ4_LEGACY -> Lz4File.unpack(name, file, unpacked);
            }
            return unpacked.in(arena);
        } catch (ImageException told) {
            throw told;
        } catch (MemoryLimitException needed) {
            throw new ImageException(name + ": takes more memory to unpack than there is (" + needed.getMessage()
                    + "); compress it with xz -6 or less");
        } catch (IOException | MalformedInputException damaged) {
            throw new ImageException(
                    name + ": does not unpack as " + word() + ", and is damaged or cut off: " + damaged.getMessage(),
                    damaged);
        }
    }

    /// In KiB.
    private static int memoryForXz() {
        return (int) (Math.min(MOST_FOR_XZ, Runtime.getRuntime().maxMemory() / 2) >> 10);
    }

    private static void addAll(Unpacked unpacked, InputStream stream) throws IOException {
        try (stream) {
            unpacked.addAll(stream);
        }
    }
}
