package org.kdump.vmcore.diskdump;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.Deflater;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ByteSource;
import org.kdump.elf.Note;
import org.kdump.vmcore.Architecture;
import org.kdump.vmcore.Utsname;
import org.kdump.vmcore.codec.PageCodec;
import org.kdump.vmcore.codec.PageCompressor;

/// A kdump-compressed file made page by page. Equal contents share their data, as pages of zeroes do.
final class DiskdumpFixture {
    static final int PAGE = 4096;
    static final String VMCOREINFO = "OSRELEASE=6.1.0\nPAGESIZE=4096\n";

    private final ByteOrder order;
    private final String machine;
    private final DiskdumpLayout layout;
    private final TreeMap<Long, byte[]> pages = new TreeMap<>();
    private final Map<Long, PageCodec> codecs = new HashMap<>();
    private final TreeSet<Long> excluded = new TreeSet<>();
    int version = 6;
    int status;
    int split;
    long startPfn;
    long endPfn;
    boolean oneBitmap;
    boolean withNotes = true;

    DiskdumpFixture(ByteOrder order, String machine) {
        this.order = order;
        this.machine = machine;
        Architecture architecture = Architecture.ofUtsname(machine);
        layout = machine.equals("unknown32") ? DiskdumpLayout.BITS32 : DiskdumpLayout.of(architecture);
    }

    /// Little endian, x86_64, with frames 1, 2 and 5 dumped, each in a codec of its own, and 3 and 7 excluded.
    static DiskdumpFixture usual() {
        return new DiskdumpFixture(ByteOrder.LITTLE_ENDIAN, "x86_64")
                .page(1, PageCodec.ZLIB)
                .page(2, PageCodec.ZSTD)
                .exclude(3)
                .page(5, PageCodec.NONE)
                .exclude(7);
    }

    /// What the fixture puts into a page frame.
    static byte[] contents(long pfn) {
        byte[] page = new byte[PAGE];
        for (int i = 0; i < PAGE; i++) {
            page[i] = (byte) (i * pfn + i / 256);
        }
        return page;
    }

    DiskdumpFixture page(long pfn, PageCodec codec) {
        return page(pfn, codec, contents(pfn));
    }

    DiskdumpFixture page(long pfn, PageCodec codec, byte[] contents) {
        pages.put(pfn, contents);
        codecs.put(pfn, codec);
        return this;
    }

    DiskdumpFixture exclude(long pfn) {
        excluded.add(pfn);
        return this;
    }

    DiskdumpVmcore open() throws IOException {
        return open(build());
    }

    static DiskdumpVmcore open(byte[] bytes) throws IOException {
        return DiskdumpVmcore.open(ByteSource.of("dump", MemorySegment.ofArray(bytes)), () -> {});
    }

    long maxMapnr() {
        return Math.max(pages.lastKey(), excluded.isEmpty() ? 0 : excluded.last()) + 1;
    }

    byte[] build() {
        ByteSink sink = new ByteSink(order);
        int bitmapBlocks = oneBitmap ? 1 : 2;
        header(bitmapBlocks).write(sink, layout);
        sink.align(PAGE);
        subHeader(sink);
        sink.align(PAGE);
        if (!oneBitmap) {
            sink.bytes(bitmap(true));
        }
        sink.bytes(bitmap(false));
        data(sink);
        return sink.toByteArray();
    }

    private DiskdumpHeader header(int bitmapBlocks) {
        Utsname utsname = new Utsname("Linux", "node", "6.1.0", "#1", machine, "");
        return new DiskdumpHeader(
                version, utsname, 1700000000, 5, status, PAGE, 1, bitmapBlocks, maxMapnr(), 0, 0, 0, 0, 2);
    }

    private void subHeader(ByteSink sink) {
        byte[] text = VMCOREINFO.getBytes(StandardCharsets.US_ASCII);
        ByteSink notes = new ByteSink(order);
        Note.write(notes, "CORE", Note.NT_PRSTATUS, new byte[100]);
        Note.write(notes, "VMCOREINFO", 0, text);
        int textOffset = PAGE + 128;
        int noteOffset = textOffset + 64;
        new DiskdumpSubHeader(
                        0x1000000,
                        31,
                        split,
                        startPfn,
                        endPfn,
                        textOffset,
                        text.length,
                        withNotes ? noteOffset : 0,
                        withNotes ? notes.size() : 0,
                        0,
                        0,
                        maxMapnr())
                .write(sink, layout);
        sink.zeros(textOffset - sink.size()).bytes(text);
        sink.zeros(noteOffset - sink.size()).bytes(notes.toByteArray());
    }

    private byte[] bitmap(boolean withExcluded) {
        byte[] bits = new byte[PAGE];
        pages.keySet().forEach(pfn -> bits[(int) (pfn / 8)] |= (byte) (1 << pfn % 8));
        if (withExcluded) {
            excluded.forEach(pfn -> bits[(int) (pfn / 8)] |= (byte) (1 << pfn % 8));
        }
        return bits;
    }

    private void data(ByteSink sink) {
        var dumped = split == 0 ? pages : pages.subMap(startPfn, endPfn);
        int base = sink.size() + dumped.size() * PageDescriptor.SIZE;
        ByteSink data = new ByteSink(order);
        Map<ByteBuffer, Long> known = new HashMap<>();
        dumped.forEach((pfn, contents) -> {
            byte[] compressed = compress(codecs.get(pfn), contents);
            long offset = known.computeIfAbsent(ByteBuffer.wrap(compressed), bytes -> {
                long here = base + (long) data.size();
                data.bytes(compressed);
                return here;
            });
            new PageDescriptor(offset, compressed.length, codecs.get(pfn).flag(), 0).write(sink);
        });
        sink.bytes(data.toByteArray());
    }

    private static byte[] compress(PageCodec codec, byte[] contents) {
        byte[] target = new byte[2 * PAGE];
        try (PageCompressor compressor = codec.compressor()) {
            int size = compressor.compress(contents, PAGE, target);
            return size < 0 ? stored(contents) : Arrays.copyOf(target, size);
        }
    }

    /// A zlib stream of a page that does not shrink, which a compressor need not make.
    private static byte[] stored(byte[] contents) {
        byte[] target = new byte[2 * PAGE];
        try (Deflater deflater = new Deflater()) {
            deflater.setInput(contents);
            deflater.finish();
            return Arrays.copyOf(target, deflater.deflate(target));
        }
    }
}
