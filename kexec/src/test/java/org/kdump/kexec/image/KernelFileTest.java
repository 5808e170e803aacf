package org.kdump.kexec.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import io.airlift.compress.v3.lz4.Lz4JavaCompressor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.ProgramHeader;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

class KernelFileTest {
    private static final long LIMIT = 64 << 20;

    private interface Compressor {
        OutputStream over(OutputStream out) throws IOException;
    }

    @Test
    void eachKindIsKnownByItsContent() throws IOException {
        assertEquals("64-bit bzImage", kind(new BzImageBuilder().bytes()));
        assertEquals("64-bit vmlinux", kind(ElfBuilder.vmlinux().bytes()));
        assertEquals(
                "32-bit vmlinux, not relocatable", kind(ElfBuilder.vmlinux32().bytes()));
        assertEquals("multiboot kernel", kind(multiboot(MultibootBuilder.first(3))));
        assertEquals("multiboot2 kernel", kind(multiboot(new MultibootBuilder().second())));
    }

    @Test
    void whatIsAroundAKernelIsTakenOff() throws IOException {
        byte[] kernel = new BzImageBuilder().bytes();
        for (var wrapped : List.of(
                Wrapped.of("gzip", gzip(kernel)),
                Wrapped.of("zstd", Zstd.compress(kernel)),
                Wrapped.of("xz", xz(kernel)),
                Wrapped.of("lz4", lz4(kernel, 0x60, 0x70)),
                Wrapped.of("lz4 legacy", lz4Legacy(kernel)),
                Wrapped.of("EFI zboot", zboot(kernel)),
                Wrapped.of("EFI zboot, zstd", zboot(Zstd.compress(kernel))),
                Wrapped.of("UKI", new PeBuilder().section(".linux", kernel).bytes()),
                Wrapped.of(
                        "xz, UKI, EFI zboot, gzip",
                        xz(new PeBuilder()
                                .section(".linux", zboot(gzip(kernel)))
                                .bytes())))) {
            try (Arena arena = Arena.ofConfined()) {
                var file = read(wrapped.file(), arena);
                assertEquals(wrapped.kind() + ", 64-bit bzImage", file.kind());
                assertArrayEquals(kernel, file.file().toArray(ValueLayout.JAVA_BYTE), wrapped.kind());
            }
        }
    }

    private record Wrapped(String kind, byte[] file) {
        static Wrapped of(String kind, byte[] file) {
            return new Wrapped(kind, file);
        }
    }

    @Test
    void membersAndFramesFollowOneAnother() throws IOException {
        byte[] kernel = new BzImageBuilder().bytes();
        byte[] half = Arrays.copyOf(kernel, 5000);
        byte[] rest = Arrays.copyOfRange(kernel, 5000, kernel.length);
        assertEquals("gzip, 64-bit bzImage", kind(joined(gzip(half), gzip(rest))));
        assertEquals("zstd, 64-bit bzImage", kind(joined(Zstd.compress(half), Zstd.compress(rest))));
        assertEquals("xz, 64-bit bzImage", kind(joined(xz(half), xz(rest))));
        assertEquals("lz4, 64-bit bzImage", kind(joined(lz4(half, 0x7c, 0x40), lz4(rest, 0x60, 0x70))));
    }

    @Test
    void unifiedImageBringsInitrdAndCommandLine() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            byte[] uki = new PeBuilder()
                    .section(".osrel", "ID=debian")
                    .section(".cmdline", "root=/dev/vda1\nquiet\n\0junk")
                    .section(".initrd", "0707 initrd")
                    .section(".ucode", "0707u")
                    .section(".linux", new BzImageBuilder().bytes())
                    .section(".profile", "ID=other")
                    .section(".cmdline2", "")
                    .bytes();
            var file = read(uki, arena);
            assertEquals(Optional.of("root=/dev/vda1 quiet"), file.commandLine());
            assertArrayEquals(
                    "0707u\0\0\0000707 initrd".getBytes(StandardCharsets.UTF_8),
                    file.initrd().orElseThrow().toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void vmlinuxIsItsSegmentsInOnePiece() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            var kernel = (Vmlinux) read(ElfBuilder.vmlinux().bytes(), arena).kernel();
            assertEquals(new Placement(0x100_0000, 0x20_0000, Placement.ANYWHERE, false), kernel.placement());
            assertEquals(0x50_0000, kernel.memorySize());
            assertEquals(0x20_0003, kernel.content().byteSize());
            assertEquals(5, kernel.content().get(ValueLayout.JAVA_BYTE, 0x20_0000));
            assertEquals(0, kernel.content().get(ValueLayout.JAVA_BYTE, 4));
            assertEquals(0x300_0040, kernel.entry(0x300_0000));
            assertThrows(ImageException.class, kernel::in32BitMode);
            var small = (Vmlinux) read(ElfBuilder.vmlinux32().bytes(), arena).kernel();
            assertEquals(Placement.at(0x100_0000), small.placement());
            assertTrue(small.is32BitKernel() && small.entersIn32BitMode());
        }
    }

    @Test
    void elfFilesThatAreNoKernelsAreRefused() {
        byte[] content = {1};
        refused(ElfBuilder.vmlinux().type(ElfHeader.ET_CORE).bytes(), "no program");
        refused(ElfBuilder.vmlinux().machine(ElfHeader.EM_AARCH64).bytes(), "machine number 183");
        refused(ElfBuilder.x86(ElfClass.ELF64, 0).bytes(), "0 segments");
        refused(
                ElfBuilder.x86(ElfClass.ELF64, 0x40_0000)
                        .segment(0x40_0000, 0x40_0000, content, 1)
                        .bytes(),
                "runs where it was loaded");
        refused(
                ElfBuilder.vmlinux()
                        .header(new ProgramHeader(3, 0, 0, 0, 0, 1, 1, 1), content)
                        .bytes(),
                "dynamic loader");
        refused(
                ElfBuilder.vmlinux()
                        .segment(0xffff_ffff_8000_0000L, 1L << 40, content, 1)
                        .bytes(),
                "too far apart");
        refused(
                ElfBuilder.vmlinux()
                        .segment(0xffff_ffff_8000_0000L, 0x100_0000, content, 0x40_0000)
                        .bytes(),
                "overlap");
        refused(
                ElfBuilder.x86(ElfClass.ELF64, 5)
                        .segment(0xffff_ffff_8100_0000L, 0x100_0000, content, 1)
                        .bytes(),
                "its entry, 0x5, lies in none");
        byte[] cut = ElfBuilder.vmlinux().bytes();
        assertThrows(MalformedInputException.class, () -> kind(Arrays.copyOf(cut, cut.length - 1)));
    }

    @Test
    void multibootKernelSaysWhereItLies() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            byte[] file = new byte[600];
            byte[] header = MultibootBuilder.first(1 << 16, 0x10_0010, 0x10_0000, 0x10_0100, 0x10_2000, 0x10_0020);
            System.arraycopy(header, 0, file, 0x50, header.length);
            var kernel = (MultibootImage) read(file, arena).kernel();
            assertEquals(new Placement(0x10_0000, 4096, Placement.FOUR_GIB, true), kernel.placement());
            assertEquals(0x100, kernel.content().byteSize());
            assertEquals(0x2000, kernel.memorySize());
            assertEquals(0x10_0020, kernel.entry(0x10_0000));
            assertEquals(0x1badb002, kernel.content().get(ValueLayout.JAVA_INT_UNALIGNED, 0x10));
        }
    }

    @Test
    void multiboot2KernelSaysWhereItCanLie() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            byte[] header = new MultibootBuilder()
                    .tag(1, false, 4, 6)
                    .tag(1, true, 99)
                    .tag(5, true, 0, 0, 0)
                    .tag(3, false, 0x10_0008)
                    .tag(10, false, 0x20_0000, 0x3fff_ffff, 0x20_0000, 1)
                    .second();
            var kernel = (MultibootImage) read(multiboot(header), arena).kernel();
            assertEquals(new Placement(0x20_0000, 0x20_0000, 0x4000_0000, false), kernel.placement());
            assertEquals(0x40_0008, kernel.entry(0x40_0000));
            assertEquals(MultibootImage.Protocol.MULTIBOOT2, kernel.protocol());
        }
        refused(multiboot(new MultibootBuilder().tag(1, false, 14).second()), "type 14");
        refused(multiboot(new MultibootBuilder().tag(77, false).second()), "unknown type 77");
        refused(multiboot(new MultibootBuilder().tag(2, false, 0, 0, 0, 0).second()), "not its entry");
        refused(multiboot(new MultibootBuilder().tag(3, false, 5).second()), "0x5, lies outside");
        refused(multiboot(MultibootBuilder.first(1 << 3)), "wants what no loader gives");
        refused(Arrays.copyOf(MultibootBuilder.first(0), 600), "no ELF file either");
        refused(
                Arrays.copyOf(MultibootBuilder.first(1 << 16, 0x10_0000, 0x10_0000, 0x20_0000, 0, 0x10_0000), 600),
                "cannot be");
    }

    @Test
    void filesThatAreNoKernelsAreCalledByTheirName() {
        refused(new byte[7], "it has 7 bytes");
        refused(Arrays.copyOf("070701".getBytes(StandardCharsets.UTF_8), 600), "cpio archive, perhaps the initrd");
        refused(Arrays.copyOf("BZh9".getBytes(StandardCharsets.UTF_8), 600), "bzip2");
        refused(new PeBuilder().section(".text", "code").bytes(), "no section .linux");
        refused(new byte[600], "no bzImage, ELF, multiboot or UKI");
        byte[] arm = new byte[600];
        ByteBuffer.wrap(arm).order(ByteOrder.LITTLE_ENDIAN).putInt(0x38, 0x644d5241);
        refused(arm, "a kernel for arm64");
    }

    @Test
    void bombsAreNotUnpacked() throws IOException {
        byte[] zeros = new byte[(int) LIMIT + 1];
        refused(gzip(zeros), "unpacks to more than 64 MiB");
        refused(Zstd.compress(zeros), "unpacks to more than 64 MiB");
        refused(xz(zeros), "unpacks to more than 64 MiB");
        refused(
                joined(lz4Legacy(Arrays.copyOf(zeros, 8 << 20)), repeated(lz4(new byte[4 << 20], 0x60, 0x70), 15)),
                "unpacks to more than 64 MiB");
        byte[] nested = new BzImageBuilder().bytes();
        for (int i = 0; i < 8; i++) {
            nested = zboot(nested);
        }
        refused(nested, "wrapped so often");
    }

    @Test
    void damageIsAnErrorOrHarmless() throws IOException {
        byte[] kernel = new BzImageBuilder().bytes();
        var random = new Random(3);
        for (byte[] good : List.of(
                gzip(kernel),
                Zstd.compress(kernel),
                xz(kernel),
                lz4(kernel, 0x60, 0x70),
                lz4Legacy(kernel),
                zboot(kernel),
                ElfBuilder.vmlinux().bytes(),
                multiboot(new MultibootBuilder()
                        .tag(1, false, 4)
                        .tag(10, false, 0, 0x4000_0000, 1, 0)
                        .second()),
                new PeBuilder()
                        .section(".cmdline", "x")
                        .section(".linux", kernel)
                        .bytes())) {
            for (int round = 0; round < 300; round++) {
                byte[] bytes = Arrays.copyOf(good, round % 3 == 0 ? random.nextInt(good.length) : good.length);
                for (int i = 0; i < 3 && bytes.length > 0; i++) {
                    bytes[random.nextInt(Math.min(bytes.length, 400))] = (byte) random.nextInt();
                }
                try {
                    kind(bytes);
                } catch (IOException | MalformedInputException told) {
                    assertTrue(told.getMessage().contains("kernel-file"), told.getMessage());
                }
            }
        }
    }

    @Test
    void linkedLz4BlocksAreRefused() throws IOException {
        refused(lz4(new BzImageBuilder().bytes(), 0x40, 0x70), "compress it without");
    }

    private static String kind(byte[] file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return read(file, arena).kind();
        }
    }

    private static KernelFile read(byte[] file, Arena arena) throws IOException {
        return KernelFile.read("kernel-file", MemorySegment.ofArray(file), LIMIT, arena);
    }

    private static void refused(byte[] file, String reason) {
        var error = assertThrows(ImageException.class, () -> kind(file));
        assertTrue(error.getMessage().startsWith("kernel-file: "), error.getMessage());
        assertTrue(error.getMessage().contains(reason), error.getMessage());
    }

    /// An ELF kernel of 32 bits at 1 MiB with a header in its first segment, which it is entered behind.
    private static byte[] multiboot(byte[] header) {
        return ElfBuilder.x86(ElfClass.ELF32, 0x10_0000)
                .segment(0x10_0000, 0x10_0000, padded(header), 0x1000)
                .bytes();
    }

    /// So that the header stands at a multiple of 8 in the file.
    private static byte[] padded(byte[] header) {
        int elf = 52 + 32;
        return joined(new byte[(8 - elf % 8) % 8], header);
    }

    private static byte[] zboot(byte[] payload) {
        return ByteBuffer.allocate(0x40 + payload.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("MZ\0\0zimg".getBytes(StandardCharsets.US_ASCII))
                .putInt(0x40)
                .putInt(payload.length)
                .put(0x40, payload)
                .array();
    }

    private static byte[] gzip(byte[] content) throws IOException {
        return compressed(content, GZIPOutputStream::new);
    }

    private static byte[] xz(byte[] content) throws IOException {
        return compressed(content, out -> new XZOutputStream(out, new LZMA2Options(1)));
    }

    private static byte[] compressed(byte[] content, Compressor compressor) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = compressor.over(bytes)) {
            out.write(content);
        }
        return bytes.toByteArray();
    }

    /// A frame of one block, with the checksums that its flags ask for, all zero.
    private static byte[] lz4(byte[] content, int flags, int descriptor) {
        byte[] block = lz4Block(content);
        boolean raw = block.length >= content.length;
        byte[] data = raw ? content : block;
        var frame = ByteBuffer.allocate(data.length + 64).order(ByteOrder.LITTLE_ENDIAN);
        frame.putInt(Lz4File.MAGIC).put((byte) flags).put((byte) descriptor);
        if ((flags & 8) != 0) {
            frame.putLong(content.length);
        }
        frame.put((byte) 0).putInt(data.length | (raw ? 1 << 31 : 0)).put(data);
        if ((flags & 16) != 0) {
            frame.putInt(0);
        }
        frame.putInt(0);
        if ((flags & 4) != 0) {
            frame.putInt(0);
        }
        return Arrays.copyOf(frame.array(), frame.position());
    }

    private static byte[] lz4Block(byte[] content) {
        var compressor = new Lz4JavaCompressor();
        byte[] block = new byte[compressor.maxCompressedLength(content.length)];
        return Arrays.copyOf(block, compressor.compress(content, 0, content.length, block, 0, block.length));
    }

    private static byte[] lz4Legacy(byte[] content) {
        byte[] block = lz4Block(content);
        return ByteBuffer.allocate(8 + block.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(Lz4File.LEGACY_MAGIC)
                .putInt(block.length)
                .put(block)
                .array();
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static byte[] repeated(byte[] content, int count) {
        byte[] all = {};
        for (int i = 0; i < count; i++) {
            all = joined(all, content);
        }
        return all;
    }
}
