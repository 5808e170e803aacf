package org.kdump.vmcore.raw;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfClass;
import org.kdump.elf.Note;
import org.kdump.vmcore.Architecture;
import org.kdump.vmcore.MemoryScan;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.repair.VmcoreInfoSearch;

/// Physical memory as it is: byte `n` of the file is at address `n`, the linear view that /dev/oldmem gave of a crashed
/// kernel and that a hypervisor's `pmemsave` gives.
///
/// What is no memory in the machine is in the file all the same, as zeroes or as a hole of the file. Everything else
/// comes from the kernel's own VMCOREINFO note, which is searched for. There are no registers of the CPUs. Safe for use
/// by several threads.
public final class RawVmcore implements Vmcore {
    private static final int USUAL_PAGE = 4096;
    private static final int LARGEST_PAGE = 1 << 20;

    private final ByteSource source;
    private final Closeable file;
    private final long size;
    private final Note note;
    private final VmcoreInfo info;
    private final ByteOrder order;
    private final Architecture architecture;
    private final int pageSize;

    private RawVmcore(ByteSource source, Closeable file, VmcoreInfoSearch.Found found) throws IOException {
        this.source = source;
        this.file = file;
        size = source.size();
        note = found.note();
        order = found.order();
        info = new VmcoreInfo(source.name(), note.text());
        architecture = architecture(info);
        long told = info.pageSize().orElse(USUAL_PAGE);
        boolean possible = told >= USUAL_PAGE && told <= LARGEST_PAGE && Long.bitCount(told) == 1;
        pageSize = possible ? (int) told : USUAL_PAGE;
    }

    /// Opens memory in which a VMCOREINFO note is found; all of it is looked through.
    ///
    /// @param source the memory
    /// @param file closed together with the vmcore
    /// @return empty if there is no such note: then this is not the memory of a Linux machine
    /// @throws IOException if it cannot be read
    public static Optional<RawVmcore> open(ByteSource source, Closeable file) throws IOException {
        MemoryScan all = new MemoryScan(source::read, List.of(new PhysicalRange(0, source.size())));
        Optional<VmcoreInfoSearch.Found> found = new VmcoreInfoSearch(all).best();
        return found.isEmpty() ? Optional.empty() : Optional.of(new RawVmcore(source, file, found.get()));
    }

    /// What each architecture's `arch_crash_save_vmcoreinfo` alone tells.
    private static Architecture architecture(VmcoreInfo info) {
        if (info.value("NUMBER(kimage_voffset)").isPresent()) {
            return Architecture.AARCH64;
        }
        if (info.value("NUMBER(phys_ram_base)").isPresent()) {
            return Architecture.RISCV64;
        }
        return info.number("phys_base").isPresent() ? Architecture.X86_64 : Architecture.UNKNOWN;
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public String format() {
        return "raw physical memory";
    }

    @Override
    public Architecture architecture() {
        return architecture;
    }

    @Override
    public ElfClass elfClass() {
        return architecture.bits() == 64 ? ElfClass.ELF64 : ElfClass.ELF32;
    }

    @Override
    public ByteOrder byteOrder() {
        return order;
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
        return List.of(note);
    }

    @Override
    public List<PhysicalRange> memory() {
        return List.of(new PhysicalRange(0, size));
    }

    @Override
    public long maxPfn() {
        return (size + pageSize - 1) / pageSize;
    }

    @Override
    public long read(long physicalAddress, MemorySegment target) throws IOException {
        return physicalAddress < 0 || physicalAddress >= size ? 0 : source.read(physicalAddress, target);
    }

    @Override
    public Presence presence(long physicalAddress) {
        return physicalAddress >= 0 && physicalAddress < size ? Presence.PRESENT : Presence.ABSENT;
    }

    @Override
    public Optional<MemorySegment> map(long physicalAddress, long length, Arena arena) throws IOException {
        return source.map(physicalAddress, length, arena);
    }

    @Override
    public OptionalInt dumpLevel() {
        return OptionalInt.empty();
    }

    @Override
    public List<String> problems() {
        return List.of();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
