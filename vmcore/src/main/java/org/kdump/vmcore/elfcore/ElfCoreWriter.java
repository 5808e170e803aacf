package org.kdump.vmcore.elfcore;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ElfClass;
import org.kdump.elf.Note;
import org.kdump.elf.ProgramHeader;
import org.kdump.vmcore.DumpOutput;
import org.kdump.vmcore.DumpWriter;
import org.kdump.vmcore.PageBatch;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Vmcore;

/// Writes an ELF core file of a machine.
///
/// ```
/// 0         Elf_Ehdr; e_flags is 1 until the file is complete, as makedumpfile marks it
/// 64 or 52  Elf_Phdr[], twice, see SegmentTable: PT_NOTE, then a PT_LOAD for each piece of memory
///           notes
///           memory, page by page
///           checksums, see ElfChecksums
/// ```
///
/// Memory that is left out is where `p_memsz` is larger than `p_filesz`, or in a `PT_LOAD` without data. Pages of
/// zeroes
/// between others are a hole of the file, and only a long row of them is left out: so the number of segments is
/// bounded,
/// and the table's room is known before the memory is. The kernel's text mapping is written as segments that share
/// their data with the direct mapping's. The file is an ELF32 one if the machine's words have 32 bits and all offsets
/// and addresses fit, else ELF64, as kexec writes it for such machines too. Virtual addresses are those of the source,
/// where that is an ELF core; of other
/// sources they are not known and 0.
public final class ElfCoreWriter implements DumpWriter {
    /// `e_flags` of a file that is not complete (makedumpfile's DUMP_ELF_INCOMPLETE).
    static final int INCOMPLETE = 1;

    private static final int MOST_SEGMENTS = 0xfffe;
    /// As makedumpfile has it: peers cannot read across a hole, and the kernel's log may have unused pages in it.
    private static final int SMALLEST_HOLE = 256;

    private static final int MOST_HOLES = 1 << 15;
    /// Room for pieces that are split by pages which cannot be read.
    private static final int SPARE_SEGMENTS = 256;
    /// Runs of pages that are written first, each a segment and a gap in either mapping while the file is not complete.
    private static final int MOST_EARLY_RUNS = 128;

    private static final int EARLY_SEGMENTS = 4 * MOST_EARLY_RUNS;

    private final DumpOutput output;
    private final Vmcore source;
    private final List<Note> notes;
    private final boolean keepZeroes;
    private final ElfClass elfClass;
    private final int pageSize;
    private final List<PhysicalRange> ranges;
    private final long directOffset;
    private final List<ProgramHeader> otherMappings;
    private final long hole;
    private final int mostSegments;
    private final SegmentTable table;
    private long memoryOffset;
    private long beyondTheEnd;
    private ElfChecksums.Running checksums;
    /// Where copies of pages that were written first are in the file, by their address.
    private final NavigableMap<Long, Long> early = new TreeMap<>();
    private final CRC32 headerChecksum = new CRC32();

    private int earlyRuns;
    private long covered;
    private long start = -1;
    private long end;
    private long startInFile;
    private long nextInFile;
    private long expected = -1;
    private boolean broken;
    private long zeroed;

    /// Writes the header and the notes.
    ///
    /// @param source the machine's memory; its notes are copied
    /// @param keepZeroes whether long rows of zero pages are holes of the file too, and not left out
    /// @throws IOException if it cannot be written, or the source not be read
    public ElfCoreWriter(DumpOutput output, Vmcore source, boolean keepZeroes) throws IOException {
        this(output, source, source.notes(), keepZeroes);
    }

    /// Writes the header and other notes than the source's.
    ///
    /// @param source the machine's memory
    /// @param notes of the file
    /// @param keepZeroes whether long rows of zero pages are holes of the file too, and not left out
    /// @throws IOException if it cannot be written, or the source not be read
    public ElfCoreWriter(DumpOutput output, Vmcore source, List<Note> notes, boolean keepZeroes) throws IOException {
        this.output = output;
        this.source = source;
        this.notes = notes;
        this.keepZeroes = keepZeroes;
        pageSize = source.pageSize();
        elfClass = elfClass(source, notes);
        ranges = source.memory();
        List<ProgramHeader> loads = source instanceof ElfCoreVmcore core ? core.loads() : List.of();
        directOffset = Segments.directOffset(loads);
        otherMappings = loads.stream()
                .filter(load -> load.virtualAddress() != 0 && Segments.offset(load) != directOffset)
                .filter(load -> load.physicalAddress() >= 0 && load.memorySize() > 0)
                .toList();
        hole = smallestHole(source) * pageSize;
        mostSegments = mostSegments();
        int machine = source.architecture().elfMachine();
        table = new SegmentTable(output, elfClass, source.byteOrder(), machine, mostSegments);
        long notesOffset = table.end();
        long notesSize = DumpOutput.size(notes);
        ProgramHeader note = new ProgramHeader(ProgramHeader.PT_NOTE, 0, notesOffset, 0, 0, notesSize, notesSize, 4);
        output.writeNotes(notesOffset, notes, source.byteOrder());
        beginMemory((notesOffset + notesSize + pageSize - 1) / pageSize * pageSize);
        close(List.of(note));
        writeUnfinished(0);
    }

    /// The fewest pages in a row that this writer leaves out: of fewer, all that are not zero should be appended, or
    /// there are too many segments.
    ///
    /// @throws IOException if the source cannot be read
    public static long smallestHole(Vmcore source) throws IOException {
        long pages = source.memory().stream().mapToLong(PhysicalRange::length).sum() / source.pageSize();
        return Math.max(SMALLEST_HOLE, pages / MOST_HOLES + 1);
    }

    /// Whatever is written, offsets stay below twice the memory and the largest table of segments.
    private static ElfClass elfClass(Vmcore source, List<Note> notes) throws IOException {
        long most = 2 * source.maxPfn() * source.pageSize()
                + DumpOutput.size(notes)
                + (long) (2 * MOST_SEGMENTS + 2) * ElfClass.ELF32.programHeaderSize()
                + source.pageSize();
        return source.elfClass() == ElfClass.ELF32 && most <= 0xffff_ffffL ? ElfClass.ELF32 : ElfClass.ELF64;
    }

    private void beginMemory(long offset) throws IOException {
        memoryOffset = offset;
        nextInFile = offset;
        beyondTheEnd = offset + source.maxPfn() * pageSize;
        checksums = new ElfChecksums.Running(offset, ElfChecksums.piece(source.maxPfn() * pageSize));
    }

    /// Writes copies, which the headers of a file that is not complete tell of; in a stream no header can be changed
    /// without writing it again, so it has none.
    @Override
    public boolean first(PageBatch batch, long[] places) throws IOException {
        if (output.isStream()) {
            return false;
        }
        long data = 0;
        for (int i = 0; i < batch.count(); i++) {
            long address = batch.pfn(i) * pageSize;
            boolean follows = early.containsKey(address - pageSize);
            if (batch.kind(i) == PageBatch.Kind.STORED && (follows || earlyRuns < MOST_EARLY_RUNS)) {
                early.put(address, memoryOffset + data);
                earlyRuns += follows ? 0 : 1;
            }
            data += batch.size(i);
        }
        output.write(memoryOffset, batch.data());
        beginMemory(memoryOffset + data);
        writeUnfinished(0);
        return false;
    }

    private int mostSegments() {
        boolean filtered = source.dumpLevel().orElse(0) != 0;
        long most = 1 + SPARE_SEGMENTS + EARLY_SEGMENTS;
        for (PhysicalRange range : ranges) {
            most += range.length() / hole + 2;
        }
        for (ProgramHeader mapping : otherMappings) {
            most += mapping.memorySize() / hole + 2;
        }
        return filtered ? MOST_SEGMENTS : (int) Math.min(most, MOST_SEGMENTS);
    }

    @Override
    public void append(PageBatch batch) throws IOException {
        Run run = new Run(batch.data());
        for (int i = 0; i < batch.count(); i++) {
            long pfn = batch.pfn(i);
            broken |= pfn != expected;
            expected = pfn + 1;
            switch (batch.kind(i)) {
                case STORED -> {
                    long inFile = place(pfn * pageSize);
                    run.add(inFile, batch.size(i));
                }
                case ZERO -> {
                    if (keepZeroes) {
                        place(pfn * pageSize);
                    }
                }
                case UNREADABLE, EXCLUDED -> broken = true;
                case COMPRESSED -> throw new IllegalArgumentException("an ELF core has no compressed pages");
            }
        }
        run.write();
        output.extend(start < 0 ? 0 : nextInFile);
        writeUnfinished(expected * pageSize);
    }

    /// Closes the table for now: what comes after `next` is in segments behind the file's end, as in a truncated file.
    private void writeUnfinished(long next) throws IOException {
        table.show(unfinished(next), INCOMPLETE);
    }

    private List<ProgramHeader> unfinished(long next) {
        List<ProgramHeader> rest = openSegment(next);
        for (PhysicalRange range : ranges) {
            long from = Math.max(range.start(), next);
            if (from < range.end()) {
                addUnwritten(rest, from, range.end());
            }
        }
        return rest;
    }

    /// What is not written yet, but for copies of pages that were written first.
    private void addUnwritten(List<ProgramHeader> rest, long start, long last) {
        long from = start;
        Map.Entry<Long, Long> copy = early.ceilingEntry(from);
        while (copy != null && copy.getKey() < last) {
            long address = copy.getKey();
            long size = pageSize;
            while (early.getOrDefault(address + size, -1L) == copy.getValue() + size) {
                size += pageSize;
            }
            size = Math.min(size, last - address);
            if (from < address) {
                add(rest, from, address, address - from, beyondTheEnd + from);
            }
            add(rest, address, address + size, size, copy.getValue());
            from = address + size;
            copy = early.ceilingEntry(from);
        }
        if (from < last) {
            add(rest, from, last, last - from, beyondTheEnd + from);
        }
    }

    /// Data that is contiguous both in the batch and in the file is written at once.
    private final class Run {
        private final MemorySegment data;
        private long from;
        private long length;
        private long inFile;

        Run(MemorySegment data) {
            this.data = data;
        }

        void add(long offset, int size) throws IOException {
            if (offset != inFile + length) {
                write();
                inFile = offset;
            }
            length += size;
        }

        void write() throws IOException {
            if (length > 0) {
                output.write(inFile, data.asSlice(from, length));
                checksums.add(inFile, data.asSlice(from, length));
            }
            from += length;
            inFile += length;
            length = 0;
        }
    }

    /// Where the page at `address` goes; begins a segment where the open one cannot hold it.
    private long place(long address) throws IOException {
        boolean room = table.closed() + SPARE_SEGMENTS / 2 + EARLY_SEGMENTS < mostSegments;
        boolean split = start < 0 || broken || address - end >= hole;
        if (start < 0 || split && room) {
            closeSegment(address);
            start = address;
            startInFile = nextInFile;
        } else if (split) {
            zeroed += (address - end) / pageSize;
        }
        broken = false;
        end = address + pageSize;
        nextInFile = startInFile + (end - start);
        return nextInFile - pageSize;
    }

    private void closeSegment(long next) {
        close(openSegment(next));
        covered = next;
        start = -1;
    }

    private void close(List<ProgramHeader> segments) {
        table.close(segments);
        ElfChecksums.add(headerChecksum, elfClass, source.byteOrder(), segments);
    }

    /// The headers of all memory from the last closed segment up to `next`.
    private List<ProgramHeader> openSegment(long next) {
        List<ProgramHeader> headers = new ArrayList<>();
        for (PhysicalRange range : ranges) {
            long from = Math.max(range.start(), covered);
            long to = Math.min(range.end(), next);
            if (from >= to) {
                continue;
            }
            long stored = start < 0 ? to : Math.clamp(start, from, to);
            long storedEnd = start < 0 ? to : Math.clamp(end, stored, to);
            if (stored > from) {
                add(headers, from, stored, 0, 0);
            }
            if (stored < to) {
                add(headers, stored, to, storedEnd - stored, startInFile + (stored - start));
            }
        }
        return headers;
    }

    /// The segment of the direct mapping, and those of other mappings of the same memory.
    private void add(List<ProgramHeader> headers, long from, long to, long fileSize, long offset) {
        long virtual = directOffset == 0 ? 0 : from + directOffset;
        headers.add(load(virtual, from, to, fileSize, offset));
        for (ProgramHeader mapping : otherMappings) {
            long first = Math.max(from, mapping.physicalAddress());
            long last = Math.min(to, mapping.physicalAddress() + mapping.memorySize());
            if (first < last) {
                long size = Math.clamp(fileSize - (first - from), 0, last - first);
                headers.add(load(first + Segments.offset(mapping), first, last, size, offset + (first - from)));
            }
        }
    }

    private ProgramHeader load(long virtual, long from, long to, long fileSize, long offset) {
        int flags = ProgramHeader.PF_R | ProgramHeader.PF_W | ProgramHeader.PF_X;
        // crash takes the first p_offset for the end of the headers, so it must be true of a segment without data too.
        long inFile = fileSize == 0 ? memoryOffset : offset;
        // Memory that a 32-bit kernel has not mapped for good has no address there.
        long address = elfClass == ElfClass.ELF32 && virtual >>> Integer.SIZE != 0 ? 0 : virtual;
        return new ProgramHeader(ProgramHeader.PT_LOAD, flags, inFile, address, from, fileSize, to - from, 0);
    }

    /// @param complete else `e_flags` keeps saying that the file is incomplete
    @Override
    public void finish(boolean complete) throws IOException {
        output.force();
        if (complete) {
            closeSegment(Long.MAX_VALUE);
            writeChecksums();
            table.finish(List.of(), 0);
        } else {
            table.finish(unfinished(Math.max(covered, expected * pageSize)), INCOMPLETE);
        }
        output.force();
        output.end();
    }

    private void writeChecksums() throws IOException {
        ElfChecksums.add(headerChecksum, table.header(), notes);
        ByteSink sink = new ByteSink(source.byteOrder());
        checksums.write(sink, nextInFile, headerChecksum.getValue());
        output.write(nextInFile, sink);
    }

    @Override
    public List<String> problems() {
        return zeroed == 0
                ? List.of()
                : List.of(
                        zeroed + " pages that are not in the dump read as zeroes: an ELF core has no room to tell of so"
                                + " many holes; use the kdump format");
    }
}
