package org.kdump.vmcore.elfcore;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.ByteSource;
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

/// A dump in ELF core format: `/proc/vmcore` itself, a copy of it, or what `makedumpfile -E` or QEMU wrote.
///
/// ```
/// Elf_Ehdr (ET_CORE), Elf_Phdr[]: PT_NOTE (registers of each CPU, VMCOREINFO), PT_LOAD for each range of memory
/// notes, memory
/// ```
///
/// A `PT_LOAD` says physical memory by `p_paddr`. Two may say the same memory: the kernel's text is there once by its
/// own mapping and once by the direct map.
public final class ElfCoreVmcore implements Vmcore {
    private static final int DEFAULT_PAGE_SIZE = 4096;

    private final ElfFile elf;
    private final FileChannel channel;
    private final Architecture architecture;
    private final List<Note> notes;
    private final VmcoreInfo info;
    private final int pageSize;
    private final SegmentMap segments;
    private final List<String> problems = new ArrayList<>();

    private ElfCoreVmcore(ElfFile elf, FileChannel channel) throws IOException {
        this.elf = elf;
        this.channel = channel;
        String name = elf.source().name();
        this.architecture = Architecture.ofElf(elf.header().machine())
                .orElseThrow(() -> new MalformedInputException(
                        name, 18, "Elf_Ehdr", "e_machine", elf.header().machine() + " is no machine known here"));
        this.notes = elf.notes();
        this.info = new VmcoreInfo(name, vmcoreInfo(notes));
        this.pageSize = pageSize(info);
        this.segments = SegmentMap.of(loads(elf.programHeaders()), channel.size());
        if (segments.missing() > 0) {
            problems.add("the file is truncated: " + segments.missing() + " bytes of memory at its end are missing");
        }
        if (info.isEmpty()) {
            problems.add("there is no VMCOREINFO note: the kernel's own account of itself is missing");
        }
    }

    /// Reads the headers and notes of an ELF core.
    ///
    /// @param name the file's name, for errors
    /// @param channel the open file; closed with what is returned, or left open if this fails
    /// @throws MalformedInputException if it is no ELF core, or one whose headers cannot be true
    /// @throws IOException if it cannot be read
    public static ElfCoreVmcore read(String name, FileChannel channel) throws IOException {
        ElfFile elf = ElfFile.read(ByteSource.of(name, channel));
        if (elf.header().type() != ElfHeader.ET_CORE) {
            throw new MalformedInputException(
                    name, 16, "Elf_Ehdr", "e_type", "this ELF file is not a core (a program, or a kernel image?)");
        }
        return new ElfCoreVmcore(elf, channel);
    }

    private static String vmcoreInfo(List<Note> notes) {
        return notes.stream()
                .filter(note -> note.name().equals("VMCOREINFO"))
                .findFirst()
                .map(Note::text)
                .orElse("");
    }

    private static int pageSize(VmcoreInfo info) {
        long size = info.number("PAGESIZE").orElse(DEFAULT_PAGE_SIZE);
        return Long.bitCount(size) == 1 && size >= 1024 && size <= 1 << 20 ? (int) size : DEFAULT_PAGE_SIZE;
    }

    /// A `p_paddr` of all ones marks memory that has no physical address of its own (fs/proc/kcore.c).
    private static List<ProgramHeader> loads(List<ProgramHeader> all) {
        return all.stream()
                .filter(header -> header.type() == ProgramHeader.PT_LOAD && header.physicalAddress() != -1)
                .toList();
    }

    /// The segments as the file has them, for whoever writes them again.
    public List<ProgramHeader> programHeaders() {
        return elf.programHeaders();
    }

    @Override
    public String name() {
        return elf.source().name();
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
    public ByteOrder byteOrder() {
        return elf.header().order();
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
        return segments.memory();
    }

    @Override
    public long read(long physicalAddress, MemorySegment target) throws IOException {
        long done = 0;
        while (done < target.byteSize()) {
            int index = segments.find(physicalAddress + done);
            long available = index < 0 ? 0 : segments.available(index, physicalAddress + done);
            if (available <= 0) {
                break;
            }
            long count = Math.min(available, Math.min(target.byteSize() - done, 1 << 30));
            long offset = segments.fileOffset(index, physicalAddress + done);
            int read = elf.source().read(offset, target.asSlice(done, count));
            done += read;
            if (read < count) {
                break;
            }
        }
        return done;
    }

    @Override
    public Presence presence(long physicalAddress) {
        int index = segments.find(physicalAddress);
        return index < 0 ? Presence.ABSENT : segments.presence(index, physicalAddress);
    }

    @Override
    public Optional<MemorySegment> map(long physicalAddress, long length, Arena arena) throws IOException {
        int index = segments.find(physicalAddress);
        if (index < 0 || segments.available(index, physicalAddress) < length) {
            return Optional.empty();
        }
        long offset = segments.fileOffset(index, physicalAddress);
        return Optional.of(channel.map(MapMode.READ_ONLY, offset, length, arena));
    }

    @Override
    public List<String> problems() {
        return List.copyOf(problems);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
