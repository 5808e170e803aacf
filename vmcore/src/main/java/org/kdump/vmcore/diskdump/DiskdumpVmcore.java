package org.kdump.vmcore.diskdump;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.DataFormatException;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfClass;
import org.kdump.elf.Note;
import org.kdump.vmcore.Architecture;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.codec.PageCodec;

/// A kdump-compressed file (the diskdump format), as makedumpfile and hypervisors write it, versions 0 to 6.
///
/// ```
/// block 0                          disk_dump_header, see DiskdumpHeader
/// block 1 …                        kdump_sub_header, see DiskdumpSubHeader; VMCOREINFO, notes; sub_hdr_size blocks
/// block 1 + sub_hdr_size …         two bitmaps, each of bitmap_blocks / 2 blocks: memory of the machine, dumped pages
/// block 1 + sub_hdr_size + bitmap_blocks …
///                                  page_desc for each dumped page, by page frame number, see PageDescriptor
///                                  page data
/// ```
///
/// What is held in memory is a 4096th of the bitmaps, some pages, and what each reading thread needs. A page whose
/// descriptor or data is damaged is [Presence#MISSING] and told by [#problems], the latter once it was tried to read.
/// Safe for use by several threads.
public final class DiskdumpVmcore implements Vmcore {
    private static final int LARGEST_NOTES = 16 << 20;
    private static final int MOST_DAMAGED_PAGES = 1 << 16;
    /// As many descriptors are looked at to find out whether a file was cut off, and as many to count what is lost.
    private static final int LAST_DESCRIPTORS = 64;

    private static final int MOST_DESCRIPTORS = 1 << 22;

    private final ByteSource source;
    private final Closeable file;
    private final Arena arena = Arena.ofShared();
    private final DiskdumpHeaders headers;
    private final PageIndex index;
    private final PageCache cache;
    private final Optional<DiskdumpChecksums> checksums;
    private final Queue<PageLoader> idleLoaders = new ConcurrentLinkedQueue<>();
    private final Set<Long> damagedPages = ConcurrentHashMap.newKeySet();
    private final Findings findings = new Findings();
    private final List<Note> notes;
    private final VmcoreInfo info;
    private final int pageSize;

    private DiskdumpVmcore(ByteSource source, Closeable file, DiskdumpHeaders headers) throws IOException {
        this.source = source;
        this.file = file;
        this.headers = headers;
        pageSize = headers.header().blockSize();
        index = new PageIndex(source, headers, arena);
        cache = new PageCache(pageSize);
        checksums = DiskdumpChecksums.read(source, headers);
        DiskdumpSubHeader subHeader = headers.subHeader();
        MemorySegment text = area("VMCOREINFO", subHeader.vmcoreinfoOffset(), subHeader.vmcoreinfoSize());
        MemorySegment area = area("its notes", subHeader.noteOffset(), subHeader.noteSize());
        MemorySegment erased =
                area("its list of what was erased", subHeader.eraseinfoOffset(), subHeader.eraseinfoSize());
        notes = notes(
                area,
                new Note(VmcoreInfo.NOTE_NAME, 0, text, subHeader.vmcoreinfoOffset()),
                new Note(DiskdumpSubHeader.ERASEINFO, 0, erased, subHeader.eraseinfoOffset()));
        info = VmcoreInfo.of(source.name(), notes);
        judge();
    }

    /// Opens a kdump-compressed file.
    ///
    /// @param source the file's bytes
    /// @param file closed together with the vmcore
    /// @throws MalformedInputException if its headers are cut off or cannot be true
    /// @throws IOException if it cannot be read
    public static DiskdumpVmcore open(ByteSource source, Closeable file) throws IOException {
        return new DiskdumpVmcore(source, file, DiskdumpHeaders.read(source));
    }

    private MemorySegment area(String what, long offset, long size) throws IOException {
        long available = offset <= 0 ? 0 : Math.clamp(source.size() - offset, 0, Math.clamp(size, 0, LARGEST_NOTES));
        if (available != size) {
            findings.add("the file is truncated or damaged in " + what);
        }
        return available == 0 ? MemorySegment.ofArray(new byte[0]) : source.slice(offset, available, what);
    }

    /// The notes of the file, with those among them that stand alone.
    private List<Note> notes(MemorySegment area, Note... alone) {
        List<Note> all = new ArrayList<>(Note.readAll(headers.subHeader().noteOffset(), area, headers.order()));
        for (Note note : alone) {
            boolean told = all.stream().anyMatch(other -> other.name().equals(note.name()));
            if (!told && note.description().byteSize() > 0) {
                all.add(note);
            }
        }
        return List.copyOf(all);
    }

    private void judge() throws IOException {
        DiskdumpHeader header = headers.header();
        boolean incomplete = (header.status() & DiskdumpHeader.STATUS_INCOMPLETE) != 0;
        if (incomplete) {
            findings.add("its writer could not finish it and marked it incomplete");
        }
        if (incomplete || index.isTruncated() || index.lost(LAST_DESCRIPTORS) > 0) {
            findings.add(truncated());
        }
    }

    private String truncated() throws IOException {
        String where = "the file is truncated at " + source.size() + " bytes: ";
        if (index.isTruncated()) {
            return where + "it ends before its page data begins or within its page descriptors";
        }
        long count = index.count();
        return count > MOST_DESCRIPTORS
                ? where + "its last pages are missing"
                : where + index.lost(count) + " of " + count + " pages are missing";
    }

    /// The first header.
    public DiskdumpHeader header() {
        return headers.header();
    }

    /// The second header.
    public DiskdumpSubHeader subHeader() {
        return headers.subHeader();
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public String format() {
        return "kdump-compressed v" + headers.header().version();
    }

    @Override
    public Architecture architecture() {
        return Architecture.ofUtsname(headers.header().utsname().machine());
    }

    @Override
    public ElfClass elfClass() {
        return headers.layout() == DiskdumpLayout.BITS64 ? ElfClass.ELF64 : ElfClass.ELF32;
    }

    @Override
    public ByteOrder byteOrder() {
        return headers.order();
    }

    @Override
    public int pageSize() {
        return pageSize;
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
        return index.ranges();
    }

    @Override
    public long maxPfn() {
        return headers.maxMapnr();
    }

    @Override
    public OptionalInt dumpLevel() {
        return headers.header().version() >= 1
                ? OptionalInt.of(headers.subHeader().dumpLevel())
                : OptionalInt.empty();
    }

    @Override
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        if (headers.isSplit()) {
            problems.add("it is one part of several: only page frames " + headers.startPfn() + " to " + headers.endPfn()
                    + " are in it; put the parts together with: kdump convert PART... TARGET");
        }
        problems.addAll(findings.all());
        return List.copyOf(problems);
    }

    /// As [#problems], but that it is one part of several is none.
    public List<String> ownProblems() {
        return findings.all();
    }

    @Override
    public Presence presence(long physicalAddress) throws IOException {
        long pfn = Long.divideUnsigned(physicalAddress, pageSize);
        Presence told = index.presence(pfn);
        if (told != Presence.PRESENT) {
            return told;
        }
        boolean found = index.find(pfn).filter(this::isReadable).isPresent();
        return found && !damagedPages.contains(pfn) ? Presence.PRESENT : Presence.MISSING;
    }

    private boolean isReadable(PageDescriptor descriptor) {
        return index.isInFile(descriptor)
                && PageCodec.ofFlags(descriptor.flags()).isPresent();
    }

    @Override
    public long read(long physicalAddress, MemorySegment target) throws IOException {
        long done = 0;
        while (done < target.byteSize()) {
            long address = physicalAddress + done;
            long inPage = address & (pageSize - 1);
            long count = Math.min(pageSize - inPage, target.byteSize() - done);
            if (!readPage(Long.divideUnsigned(address, pageSize), inPage, target.asSlice(done, count))) {
                break;
            }
            done += count;
        }
        return done;
    }

    private boolean readPage(long pfn, long from, MemorySegment target) throws IOException {
        Optional<byte[]> page = cache.get(pfn);
        if (page.isEmpty()) {
            page = load(pfn);
            // Who takes whole pages goes through the dump and does not come back.
            page.filter(bytes -> target.byteSize() < pageSize).ifPresent(bytes -> cache.put(pfn, bytes));
        }
        page.ifPresent(bytes -> target.copyFrom(MemorySegment.ofArray(bytes).asSlice(from, target.byteSize())));
        return page.isPresent();
    }

    private PageLoader loader() {
        PageLoader idle = idleLoaders.poll();
        return idle == null ? new PageLoader(source, pageSize) : idle;
    }

    private Optional<byte[]> load(long pfn) throws IOException {
        if (index.presence(pfn) != Presence.PRESENT || damagedPages.contains(pfn)) {
            return Optional.empty();
        }
        Optional<PageDescriptor> descriptor = index.find(pfn).filter(index::isInFile);
        if (descriptor.isEmpty()) {
            return Optional.empty();
        }
        PageLoader loader = loader();
        try {
            byte[] page = new byte[pageSize];
            loader.load(descriptor.get(), page);
            return Optional.of(page);
        } catch (DataFormatException damaged) {
            remember(pfn, damaged);
            return Optional.empty();
        } finally {
            idleLoaders.add(loader);
        }
    }

    private void remember(long pfn, DataFormatException damaged) {
        if (damagedPages.size() < MOST_DAMAGED_PAGES && damagedPages.add(pfn)) {
            findings.add("the page at 0x" + Long.toHexString(pfn * pageSize) + " is damaged: " + damaged.getMessage());
        }
    }

    /// The first page frame from `pfn` on whose page should be in this file; -1 if there is none.
    public long nextDumped(long pfn) {
        return index.next(pfn);
    }

    /// Whether our checksums are in the file; without them, damage that leaves a page readable stays unknown.
    public boolean hasChecksums() {
        return checksums.isPresent();
    }

    /// What is wrong with the headers and bitmaps by their checksums, a sentence each.
    ///
    /// @throws IOException if the file cannot be read
    public List<String> headerDamage() throws IOException {
        if (checksums.isEmpty()) {
            return List.of();
        }
        if (!checksums.get().finished()) {
            return List.of("its headers have no checksum yet: its writer did not come to the end");
        }
        List<String> damage = new ArrayList<>();
        byte[] first = bytes(0, DiskdumpHeader.size(headers.layout()));
        byte[] second = bytes(pageSize, DiskdumpSubHeader.size(headers.layout()));
        if (DiskdumpChecksums.ofHeaders(first, second, notes) != checksums.get().headers()) {
            damage.add("its headers or notes are damaged: they do not have their checksum");
        }
        if (index.memoryChecksum() != checksums.get().memory()) {
            damage.add("its bitmap of the machine's memory is damaged: it does not have its checksum");
        }
        return damage;
    }

    private byte[] bytes(long offset, int size) throws IOException {
        return source.slice(offset, size, "headers").toArray(ValueLayout.JAVA_BYTE);
    }

    /// Reads and decompresses a page that should be in the file, and compares its checksum, if it has one.
    ///
    /// @param page filled; as long as a page
    /// @return what is wrong with it, or empty
    /// @throws IOException if the file cannot be read
    public Optional<String> damage(long pfn, byte[] page) throws IOException {
        Optional<PageDescriptor> found = index.find(pfn);
        if (found.isEmpty()) {
            return Optional.of("the file ends before its descriptor");
        }
        PageDescriptor descriptor = found.get();
        if (descriptor.equals(PageDescriptor.NONE)) {
            return Optional.of("its writer could not read it, or did not come to it");
        }
        if (!index.isInFile(descriptor)) {
            return Optional.of("its descriptor says " + descriptor.size() + " bytes at "
                    + Long.toUnsignedString(descriptor.offset()) + ", which cannot be");
        }
        PageLoader loader = loader();
        try {
            loader.load(descriptor, page);
            return wrongChecksum(descriptor, pfn, loader.checksum(descriptor));
        } catch (DataFormatException damaged) {
            return Optional.of(damaged.getMessage());
        } finally {
            idleLoaders.add(loader);
        }
    }

    private Optional<String> wrongChecksum(PageDescriptor descriptor, long pfn, int checksum) {
        if (checksums.isEmpty() || descriptor.pageFlags() == DiskdumpChecksums.pageFlags(pfn, checksum)) {
            return Optional.empty();
        }
        boolean sameData = (int) descriptor.pageFlags() == checksum;
        return Optional.of(
                sameData
                        ? "its descriptor is of another page: the bitmap of dumped pages is damaged"
                        : "its data does not have its checksum");
    }

    /// Closes the file; no other thread may still be reading.
    @Override
    public void close() throws IOException {
        idleLoaders.forEach(PageLoader::close);
        arena.close();
        file.close();
    }
}
