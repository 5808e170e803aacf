package org.kdump.vmcore.format;

import static org.kdump.vmcore.DumpWriterFixture.stored;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.Note;
import org.kdump.vmcore.DumpOutput;
import org.kdump.vmcore.DumpWriterFixture;
import org.kdump.vmcore.FileOutput;
import org.kdump.vmcore.PageBatch;
import org.kdump.vmcore.Utsname;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.codec.PageCompressor;
import org.kdump.vmcore.diskdump.SplitWriter;
import org.kdump.vmcore.elfcore.ElfCoreFixture;
import org.kdump.vmcore.elfcore.ElfCoreWriter;
import org.kdump.vmcore.flattened.FlattenedOutput;

/// Small dumps of each format, as bytes.
final class Dumps {
    /// Pages in a kdump-compressed dump.
    static final int PAGES = 128;

    private static final int PAGE = DumpWriterFixture.PAGE;
    private static final Utsname UTSNAME = new Utsname("Linux", "node", "6.1.0", "#1", "x86_64", "");
    private static final String INFO = "OSRELEASE=6.1.0\nPAGESIZE=4096\nCRASHTIME=1700000000\nNUMBER(phys_base)=4096\n";

    private Dumps() {}

    /// An ELF core, not of zeroes only.
    static byte[] core() {
        byte[] memory = new byte[64 * PAGE];
        new Random(1).nextBytes(memory);
        return new ElfCoreFixture(ElfClass.ELF64, java.nio.ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_X86_64)
                .note("CORE", Note.NT_PRSTATUS, new byte[336])
                .vmcoreinfo(INFO)
                .load(0xffff888000000000L, 0, memory)
                .load(0xffff888000100000L, 0x100000, Arrays.copyOf(memory, 8 * PAGE), 16 * PAGE)
                .build();
    }

    /// An ELF core of a big-endian machine of 32 bits.
    static byte[] coreOf32Bits() {
        byte[] memory = new byte[16 * PAGE];
        new Random(3).nextBytes(memory);
        return new ElfCoreFixture(ElfClass.ELF32, java.nio.ByteOrder.BIG_ENDIAN, ElfHeader.EM_386)
                .vmcoreinfo(INFO)
                .load(0xc0000000L, 0, memory)
                .load(0xc0100000L, 0x100000, memory, 32 * PAGE)
                .build();
    }

    /// An ELF core that our writer wrote, with zeroes and a long hole in it.
    static byte[] writtenCore() throws IOException {
        Path file = Files.createTempFile("core", "");
        try (FileChannel channel = DumpWriterFixture.create(file)) {
            writeCore(new FileOutput("core", channel));
            return Files.readAllBytes(file);
        } finally {
            Files.delete(file);
        }
    }

    /// The same as a flattened file.
    static byte[] flattenedCore() throws IOException {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        writeCore(new FlattenedOutput("flat", Channels.newChannel(stream)));
        return stream.toByteArray();
    }

    private static void writeCore(DumpOutput output) throws IOException {
        try (Vmcore source = DumpWriterFixture.source()) {
            ElfCoreWriter writer = new ElfCoreWriter(output, source, false);
            writer.append(stored(source, 0, 100));
            writer.append(DumpWriterFixture.bare(PageBatch.Kind.ZERO, 100, 100));
            writer.append(stored(source, 200, 300));
            writer.append(stored(source, 2048, 64));
            writer.finish(true);
        }
    }

    /// Raw memory with a VMCOREINFO note.
    static byte[] raw() {
        byte[] memory = new byte[1 << 20];
        new Random(2).nextBytes(memory);
        org.kdump.elf.ByteSink sink = new org.kdump.elf.ByteSink(java.nio.ByteOrder.LITTLE_ENDIAN);
        Note.write(sink, "VMCOREINFO", 0, INFO.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        System.arraycopy(sink.toByteArray(), 0, memory, 0x3000, sink.size());
        memory[0] = 0;
        return memory;
    }

    /// A kdump-compressed dump of 128 pages: half of them compressible, a fourth zero, the rest noise.
    static byte[] kdump(PageCodec codec, boolean flattened) throws IOException {
        return kdump(codec, flattened, 1).getFirst();
    }

    /// As [#kdump(PageCodec, boolean)], in parts.
    static List<byte[]> kdump(PageCodec codec, boolean flattened, int parts) throws IOException {
        List<Path> files = new java.util.ArrayList<>();
        List<FileChannel> channels = new java.util.ArrayList<>();
        List<DumpOutput> outputs = new java.util.ArrayList<>();
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int i = 0; i < parts; i++) {
            files.add(Files.createTempFile("dump", ""));
            channels.add(DumpWriterFixture.create(files.get(i)));
            outputs.add(
                    flattened
                            ? new FlattenedOutput("flat", Channels.newChannel(stream))
                            : new FileOutput("dump", channels.get(i)));
        }
        try (Vmcore source = DumpWriterFixture.source()) {
            write(new SplitWriter(outputs, source, UTSNAME, codec, 1), source, codec);
        }
        List<byte[]> all = new java.util.ArrayList<>();
        for (int i = 0; i < parts; i++) {
            channels.get(i).close();
            all.add(flattened ? stream.toByteArray() : Files.readAllBytes(files.get(i)));
            Files.delete(files.get(i));
        }
        return all;
    }

    private static void write(SplitWriter writer, Vmcore source, PageCodec codec) throws IOException {
        long[] memory = new long[512];
        long[] dumped = new long[512];
        Arrays.fill(memory, 0, 16, -1);
        Arrays.fill(memory, 32, 40, -1);
        Arrays.fill(dumped, 0, 2, -1);
        writer.select(0, memory, dumped);
        writer.beginPages(PAGES);
        PageBatch batch = new PageBatch(96, PAGE, Arena.ofAuto());
        byte[] compressed = new byte[2 * PAGE];
        try (PageCompressor compressor = codec.compressor()) {
            for (int pfn = 0; pfn < 96; pfn++) {
                byte[] page = new byte[PAGE];
                new Random(pfn).nextBytes(page);
                Arrays.fill(page, 100, PAGE, (byte) pfn);
                int size = compressor.compress(page, PAGE, compressed);
                if (pfn % 3 == 2) {
                    batch.add(pfn, PageBatch.Kind.ZERO);
                } else if (codec == PageCodec.NONE) {
                    batch.add(pfn, PageBatch.Kind.STORED, page, PAGE);
                } else {
                    batch.add(pfn, PageBatch.Kind.COMPRESSED, compressed, size);
                }
            }
        }
        writer.append(batch);
        writer.append(stored(source, 96, 32));
        writer.finish(true);
    }
}
