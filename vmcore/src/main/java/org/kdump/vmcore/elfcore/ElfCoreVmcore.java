package org.kdump.vmcore.elfcore;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.CRC32;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfFile;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Note;
import org.kdump.elf.ProgramHeader;
import org.kdump.vmcore.Architecture;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;

/// An ELF core file of a machine: `/proc/vmcore`, a copy of it, makedumpfile's `-E`, or a hypervisor's dump.
///
/// ```
/// 0          Elf_Ehdr, e_type ET_CORE
/// e_phoff    Elf_Phdr[n]: PT_NOTE (registers of each CPU, VMCOREINFO), PT_LOAD (physical memory at p_paddr)
/// p_offset   notes, memory
/// ```
///
/// Of a `PT_LOAD`, `p_filesz` bytes are in the file; what `p_memsz` has more was filtered out. A truncated file is read
/// as far as it goes. Safe for use by several threads.
public final class ElfCoreVmcore implements Vmcore {
    /// Registers of 16384 CPUs take 7 MiB. Device dumps (`NT_VMCOREDD`) may take more, and are then mapped.
    private static final int LARGEST_NOTES_ON_HEAP = 16 << 20;

    private static final int LARGEST_READ = 1 << 30;

    private final ByteSource source;
    private final Closeable file;
    private final Arena arena = Arena.ofShared();
    private final ElfHeader header;
    private final List<ProgramHeader> programHeaders;
    private final Architecture architecture;
    private final List<ProgramHeader> loads;
    private final List<Extent> extents;
    private final List<Note> notes;
    private final List<String> problems;
    private final VmcoreInfo info;
    private final Optional<ElfChecksums> checksums;
    private final int pageSize;

    private ElfCoreVmcore(ByteSource source, Closeable file, ElfFile elf) throws IOException {
        this.source = source;
        this.file = file;
        header = elf.header();
        programHeaders = elf.programHeaders();
        checksums = ElfChecksums.read(source, header.order());
        long size = source.size();
        loads = elf.programHeaders().stream()
                .filter(segment -> segment.type() == ProgramHeader.PT_LOAD)
                .toList();
        extents = new Segments(elf.programHeaders(), size).extents();
        List<String> found = new ArrayList<>();
        notes = notes(elf.programHeaders(), size, found);
        info = VmcoreInfo.of(source.name(), notes);
        architecture = architecture(header.machine(), info);
        pageSize = pageSize(info);
        missingMemory(size).ifPresent(found::add);
        if (found.isEmpty() && (header.flags() & ElfCoreWriter.INCOMPLETE) != 0) {
            found.add("its writer could not finish it and marked it incomplete");
        }
        problems = List.copyOf(found);
    }

    /// Opens a core file; the memory it holds is not read yet.
    ///
    /// @param source the file's bytes
    /// @param file closed together with the vmcore
    /// @throws MalformedInputException if it is not an ELF core file, or its headers are cut off or cannot be true
    /// @throws IOException if it cannot be read
    public static ElfCoreVmcore open(ByteSource source, Closeable file) throws IOException {
        ElfFile elf = ElfFile.read(source);
        if (elf.header().type() != ElfHeader.ET_CORE) {
            throw new MalformedInputException(
                    source.name(),
                    16,
                    "Elf_Ehdr",
                    "e_type",
                    "this ELF file is " + kind(elf.header().type()) + ", not a core file");
        }
        return new ElfCoreVmcore(source, file, elf);
    }

    private static String kind(int type) {
        return switch (type) {
            case ElfHeader.ET_REL -> "a relocatable file";
            case ElfHeader.ET_EXEC -> "an executable, such as a vmlinux";
            case ElfHeader.ET_DYN -> "a program or shared object";
            default -> "of type " + type;
        };
    }

    private List<Note> notes(List<ProgramHeader> headers, long size, List<String> found) throws IOException {
        List<Note> all = new ArrayList<>();
        for (ProgramHeader segment : headers) {
            if (segment.type() != ProgramHeader.PT_NOTE || segment.fileSize() == 0) {
                continue;
            }
            long offset = segment.offset();
            long available = offset < 0 ? 0 : Math.clamp(size - offset, 0, segment.fileSize() & Long.MAX_VALUE);
            if (available < segment.fileSize() || segment.fileSize() < 0) {
                found.add("the file is truncated in its notes: registers or VMCOREINFO are missing");
            }
            all.addAll(Note.readAll(offset, noteBytes(offset, available), header.order()));
        }
        return List.copyOf(all);
    }

    private MemorySegment noteBytes(long offset, long length) throws IOException {
        if (length > LARGEST_NOTES_ON_HEAP) {
            Optional<MemorySegment> mapped = source.map(offset, length, arena);
            if (mapped.isPresent()) {
                return mapped.get();
            }
        }
        return length == 0
                ? MemorySegment.NULL
                : source.slice(offset, Math.min(length, LARGEST_NOTES_ON_HEAP), "PT_NOTE");
    }

    /// A 32-bit capture kernel takes ELF32 headers only if they name its own machine, whatever crashed. Of the two only
    /// x86_64 has `phys_base` (Linux `arch/x86/kernel/vmcore_info_64.c`).
    private static Architecture architecture(int machine, VmcoreInfo info) {
        Architecture named = Architecture.ofElfMachine(machine);
        boolean wide = named == Architecture.I386 && info.number("phys_base").isPresent();
        return wide ? Architecture.X86_64 : named;
    }

    private static int pageSize(VmcoreInfo info) {
        long size = info.pageSize().orElse(4096);
        return size >= 4096 && size <= 1 << 20 && Long.bitCount(size) == 1 ? (int) size : 4096;
    }

    private Optional<String> missingMemory(long size) {
        if (extents.isEmpty()) {
            return Optional.of("the file has no memory in it: no PT_LOAD segment is of physical memory");
        }
        long missing = extents.stream()
                .filter(extent -> extent.presence() == Presence.MISSING)
                .mapToLong(extent -> extent.end() - extent.start())
                .sum();
        return missing == 0
                ? Optional.empty()
                : Optional.of(
                        "the file is truncated at " + size + " bytes: " + missing + " bytes of memory are missing");
    }

    /// Whether our checksums are in the file.
    public boolean hasChecksums() {
        return checksums.isPresent();
    }

    /// What is damaged by the checksums, a sentence each; all of the file is read.
    ///
    /// @throws IOException if it cannot be read
    public List<String> damage() throws IOException {
        if (checksums.isEmpty()) {
            return List.of();
        }
        List<String> damage = new ArrayList<>();
        CRC32 sum = new CRC32();
        ElfChecksums.add(sum, header.elfClass(), header.order(), programHeaders);
        ElfChecksums.add(sum, header, notes);
        if (sum.getValue() != checksums.get().headers()) {
            damage.add("its headers or notes are damaged: they do not have their checksum");
        }
        damage.addAll(checksums.get().damage(source, header.order()));
        return damage;
    }

    /// The segments as the file has them, for whoever writes them again.
    public List<ProgramHeader> programHeaders() {
        return programHeaders;
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public String format() {
        return "ELF core";
    }

    @Override
    public Architecture architecture() {
        return architecture;
    }

    @Override
    public ElfClass elfClass() {
        // kexec writes ELF64 headers for 32-bit kernels too, so the machine goes before the file.
        return architecture == Architecture.UNKNOWN
                ? header.elfClass()
                : architecture.bits() == 64 ? ElfClass.ELF64 : ElfClass.ELF32;
    }

    @Override
    public ByteOrder byteOrder() {
        return header.order();
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
        return PhysicalRange.merge(extents.stream()
                .map(extent -> new PhysicalRange(extent.start(), extent.end()))
                .toList());
    }

    @Override
    public long maxPfn() {
        return extents.isEmpty() ? 0 : (extents.getLast().end() - 1) / pageSize + 1;
    }

    @Override
    public long read(long physicalAddress, MemorySegment target) throws IOException {
        long done = 0;
        while (done < target.byteSize()) {
            int index = find(physicalAddress + done);
            if (index < 0 || extents.get(index).presence() != Presence.PRESENT) {
                break;
            }
            Extent extent = extents.get(index);
            long skip = physicalAddress + done - extent.start();
            long count = Math.min(extent.end() - extent.start() - skip, target.byteSize() - done);
            int read = source.read(extent.offset() + skip, target.asSlice(done, Math.min(count, LARGEST_READ)));
            if (read == 0) {
                break;
            }
            done += read;
        }
        return done;
    }

    @Override
    public Presence presence(long physicalAddress) {
        int index = find(physicalAddress);
        return index < 0 ? Presence.ABSENT : extents.get(index).presence();
    }

    @Override
    public Optional<MemorySegment> map(long physicalAddress, long length, Arena arena) throws IOException {
        int index = find(physicalAddress);
        if (index < 0 || extents.get(index).presence() != Presence.PRESENT) {
            return Optional.empty();
        }
        Extent extent = extents.get(index);
        return length < 0 || length > extent.end() - physicalAddress
                ? Optional.empty()
                : source.map(extent.offset() + (physicalAddress - extent.start()), length, arena);
    }

    /// The `PT_LOAD` segments as they stand in the file: they tell the virtual addresses of the memory.
    public List<ProgramHeader> loads() {
        return loads;
    }

    /// The index of the extent that holds the address, or -1.
    private int find(long physicalAddress) {
        int low = 0;
        int high = extents.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (extents.get(middle).end() <= physicalAddress) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < extents.size() && extents.get(low).start() <= physicalAddress ? low : -1;
    }

    @Override
    public OptionalInt dumpLevel() {
        return OptionalInt.empty();
    }

    @Override
    public boolean isFiltered() {
        return extents.stream().anyMatch(extent -> extent.presence() == Presence.EXCLUDED);
    }

    @Override
    public List<String> problems() {
        return problems;
    }

    @Override
    public void close() throws IOException {
        arena.close();
        file.close();
    }
}
