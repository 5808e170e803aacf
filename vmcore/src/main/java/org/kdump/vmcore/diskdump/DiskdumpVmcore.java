package org.kdump.vmcore.diskdump;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Note;
import org.kdump.vmcore.Architecture;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;

/// A dump in kdump-compressed format, as makedumpfile and Kdump write it (makedumpfile's IMPLEMENTATION draws it).
///
/// ```
/// block 0                  disk_dump_header
/// block 1                  kdump_sub_header; VMCOREINFO and notes at the offsets it names
/// block 1 + sub_hdr_size   two bitmaps of bitmap_blocks / 2 blocks: page frames of the machine, and of the dump
/// then                     a page_desc for each frame of the dump, in the frames' order
/// then                     the pages
/// ```
///
/// A page whose descriptor or data is damaged is [Presence#MISSING]; the others stay readable.
public final class DiskdumpVmcore implements Vmcore {
    private static final int CACHED_PAGES = 512;

    private record Page(long frame, byte[] bytes) {}

    private final String name;
    private final FileChannel channel;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment file;
    private final DiskdumpHeader header;
    private final SubHeader subHeader;
    private final FrameIndex machine;
    private final FrameIndex dumped;
    private final long descriptors;
    private final List<Note> notes;
    private final VmcoreInfo info;
    private final Architecture architecture;
    private final List<PhysicalRange> memory;
    private final ValueLayout.OfLong u64;
    private final ValueLayout.OfInt u32;
    private final AtomicReferenceArray<Page> cache = new AtomicReferenceArray<>(CACHED_PAGES);
    private final Queue<PageDecoder> decoders = new ConcurrentLinkedQueue<>();
    private final List<String> problems = new ArrayList<>();
    private final AtomicLong damagedPages = new AtomicLong();
    private final Set<PageCodec> unknownCodecs = EnumSet.noneOf(PageCodec.class);

    private DiskdumpVmcore(String name, FileChannel channel) throws IOException {
        this.name = name;
        this.channel = channel;
        this.file = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
        this.header = DiskdumpHeader.read(name, file.asSlice(0, Math.min(file.byteSize(), DiskdumpHeader.SIZE)));
        this.u64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(header.order());
        this.u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(header.order());
        int block = header.blockSize();
        this.subHeader = SubHeader.read(name, block, slice(block, SubHeader.SIZE, "kdump_sub_header"), header);
        this.architecture = Architecture.ofMachineName(header.utsname().get(4))
                .orElseThrow(() -> new MalformedInputException(
                        name,
                        272,
                        "disk_dump_header",
                        "utsname.machine",
                        header.utsname().get(4) + " is no machine known here"));
        long bitmaps = (1L + header.subHeaderBlocks()) * block;
        long bitmapSize = (long) header.bitmapBlocks() / 2 * block;
        this.machine = new FrameIndex(slice(bitmaps, bitmapSize, "1st bitmap"), frames(bitmapSize));
        this.dumped = new FrameIndex(slice(bitmaps + bitmapSize, bitmapSize, "2nd bitmap"), frames(bitmapSize));
        this.descriptors = bitmaps + (long) header.bitmapBlocks() * block;
        this.notes = Note.readAll(subHeader.noteOffset(), part(subHeader.noteOffset(), subHeader.noteSize()), order());
        this.info = new VmcoreInfo(name, infoText());
        this.memory = ranges();
        findProblems();
    }

    /// Reads the headers of a kdump-compressed dump.
    ///
    /// @param name the file's name, for errors
    /// @param channel the open file; closed with what is returned, or left open if this fails
    /// @throws MalformedInputException if it is none, or its headers are cut off or cannot be true
    /// @throws IOException if it cannot be read
    public static DiskdumpVmcore read(String name, FileChannel channel) throws IOException {
        return new DiskdumpVmcore(name, channel);
    }

    private ByteOrder order() {
        return header.order();
    }

    private long frames(long bitmapSize) {
        long frames = subHeader.maxMapNumber();
        if (frames < 0 || frames > bitmapSize * 8) {
            throw new MalformedInputException(
                    name,
                    header.blockSize(),
                    "kdump_sub_header",
                    "max_mapnr_64",
                    frames + " page frames do not fit the bitmaps");
        }
        return frames;
    }

    private MemorySegment slice(long offset, long size, String structure) {
        if (offset < 0 || size < 0 || offset > file.byteSize() || size > file.byteSize() - offset) {
            throw new MalformedInputException(
                    name,
                    offset,
                    structure,
                    "",
                    "it needs " + size + " bytes, and the file ends before; the dump is truncated");
        }
        return file.asSlice(offset, size);
    }

    /// What there is of a part that a damaged file may not have in full.
    private MemorySegment part(long offset, long size) {
        long from = Math.clamp(offset, 0, file.byteSize());
        return file.asSlice(from, Math.clamp(size, 0, file.byteSize() - from));
    }

    private String infoText() {
        MemorySegment text = part(subHeader.infoOffset(), Math.min(subHeader.infoSize(), 1 << 20));
        return new Note("VMCOREINFO", 0, text, subHeader.infoOffset()).text();
    }

    private List<PhysicalRange> ranges() {
        List<PhysicalRange> ranges = new ArrayList<>();
        long end = frames((long) header.bitmapBlocks() / 2 * header.blockSize());
        long page = header.blockSize();
        // A damaged bitmap may alternate; a million ranges are more than any machine has.
        for (long start = machine.next(0, true);
                start < end && ranges.size() < 1 << 20;
                start = machine.next(start, true)) {
            long stop = machine.next(start, false);
            ranges.add(new PhysicalRange(start * page, stop * page));
            start = stop;
        }
        return List.copyOf(ranges);
    }

    private void findProblems() {
        if ((header.status() & DumpFlags.INCOMPLETE) != 0) {
            problems.add("the dump is marked incomplete: it was not finished when it was taken");
        }
        if (info.isEmpty()) {
            problems.add("there is no VMCOREINFO: the kernel's own account of itself is missing");
        }
        long needed = descriptors + dumped.rank(dumped.next(Long.MAX_VALUE, true)) * PageDescriptor.SIZE;
        if (needed > file.byteSize()) {
            problems.add("the file is truncated in its page descriptors, at " + file.byteSize() + " bytes");
        } else if (dataEnd() > file.byteSize()) {
            problems.add(
                    "the file is truncated: its pages should reach " + dataEnd() + " bytes, it has " + file.byteSize());
        }
        if (subHeader.split()) {
            problems.add("this is one file of a split dump; what the others hold is missing");
        }
    }

    /// Where the last page's data should end; pages stand in the order of their descriptors, but for the shared zero
    /// page.
    private long dataEnd() {
        long count = dumped.rank(dumped.next(Long.MAX_VALUE, true));
        for (long i = count - 1; i >= Math.max(0, count - 4096); i--) {
            long at = descriptors + i * PageDescriptor.SIZE;
            long end = file.get(u64, at + PageDescriptor.OFFSET)
                    + Integer.toUnsignedLong(file.get(u32, at + PageDescriptor.LENGTH));
            if (end > file.byteSize()) {
                return end;
            }
        }
        return 0;
    }

    /// The dump's header.
    public DiskdumpHeader header() {
        return header;
    }

    /// The dump's sub header.
    public SubHeader subHeader() {
        return subHeader;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String format() {
        return "kdump-compressed v" + header.version();
    }

    @Override
    public Architecture architecture() {
        return architecture;
    }

    @Override
    public ByteOrder byteOrder() {
        return header.order();
    }

    @Override
    public int pageSize() {
        return header.blockSize();
    }

    @Override
    public VmcoreInfo info() {
        return info;
    }

    @Override
    public List<Note> notes() {
        return notes;
    }

    @Override
    public List<PhysicalRange> memory() {
        return memory;
    }

    @Override
    public OptionalInt dumpLevel() {
        return OptionalInt.of(subHeader.dumpLevel());
    }

    @Override
    public List<String> problems() {
        List<String> all = new ArrayList<>(problems);
        if (damagedPages.get() > 0) {
            all.add(damagedPages + " page reads failed: descriptor or data damaged or missing");
        }
        synchronized (unknownCodecs) {
            unknownCodecs.forEach(
                    codec -> all.add("pages compressed by " + codec.name().toLowerCase() + " cannot be read yet"));
        }
        return List.copyOf(all);
    }

    @Override
    public long read(long physicalAddress, MemorySegment target) {
        int pageSize = header.blockSize();
        long done = 0;
        while (done < target.byteSize()) {
            long address = physicalAddress + done;
            byte[] page = address < 0 ? null : page(address / pageSize);
            if (page == null) {
                break;
            }
            int from = (int) (address % pageSize);
            long count = Math.min(pageSize - from, target.byteSize() - done);
            MemorySegment.copy(MemorySegment.ofArray(page), from, target, done, count);
            done += count;
        }
        return done;
    }

    @Override
    public Presence presence(long physicalAddress) {
        long frame = physicalAddress / header.blockSize();
        if (physicalAddress < 0 || !machine.contains(frame) && !dumped.contains(frame)) {
            return Presence.ABSENT;
        }
        if (!dumped.contains(frame)) {
            return Presence.EXCLUDED;
        }
        return page(frame) == null ? Presence.MISSING : Presence.PRESENT;
    }

    /// The page of a frame, from the cache or the file; null where the dump does not have it.
    private byte[] page(long frame) {
        int slot = (int) (frame % CACHED_PAGES);
        Page cached = cache.get(slot);
        if (cached != null && cached.frame == frame) {
            return cached.bytes;
        }
        if (!dumped.contains(frame)) {
            return null;
        }
        byte[] bytes = load(descriptors + dumped.rank(frame) * PageDescriptor.SIZE);
        if (bytes == null) {
            damagedPages.incrementAndGet();
            return null;
        }
        cache.set(slot, new Page(frame, bytes));
        return bytes;
    }

    private byte[] load(long descriptor) {
        if (descriptor > file.byteSize() - PageDescriptor.SIZE) {
            return null;
        }
        long offset = file.get(u64, descriptor + PageDescriptor.OFFSET);
        long size = Integer.toUnsignedLong(file.get(u32, descriptor + PageDescriptor.LENGTH));
        PageCodec codec =
                PageCodec.of(file.get(u32, descriptor + PageDescriptor.FLAGS)).orElse(null);
        // An offset of 0 is a descriptor that was never written: the dump was cut short.
        if (codec == null || offset <= 0 || size > 2L * header.blockSize() || offset > file.byteSize() - size) {
            return null;
        }
        if (codec == PageCodec.LZO || codec == PageCodec.SNAPPY) {
            synchronized (unknownCodecs) {
                unknownCodecs.add(codec);
            }
            return null;
        }
        return decode(codec, file.asSlice(offset, size));
    }

    private byte[] decode(PageCodec codec, MemorySegment data) {
        PageDecoder pooled = decoders.poll();
        PageDecoder decoder = pooled == null ? new PageDecoder(header.blockSize()) : pooled;
        try {
            MemorySegment page = decoder.decode(codec, data);
            return page == null ? null : page.toArray(ValueLayout.JAVA_BYTE);
        } finally {
            decoders.add(decoder);
        }
    }

    @Override
    public void close() throws IOException {
        for (PageDecoder decoder = decoders.poll(); decoder != null; decoder = decoders.poll()) {
            decoder.close();
        }
        arena.close();
        channel.close();
    }
}
