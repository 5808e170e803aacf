package org.kdump.capture;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.kdump.elf.ElfClass;
import org.kdump.elf.Note;
import org.kdump.vmcore.Architecture;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;

/// A machine's memory as filters want it in the dump: some of it overwritten. Closing it does nothing.
///
/// @param source the memory as it was
/// @param decisions what is overwritten
record ScrubbedVmcore(Vmcore source, FilterDecisions decisions) implements Vmcore {
    @Override
    public long read(long physicalAddress, MemorySegment target) throws IOException {
        long read = source.read(physicalAddress, target);
        decisions.overwrite(physicalAddress, target.asSlice(0, read));
        return read;
    }

    @Override
    public Optional<MemorySegment> map(long physicalAddress, long length, Arena arena) throws IOException {
        return decisions.touches(physicalAddress, length)
                ? Optional.empty()
                : source.map(physicalAddress, length, arena);
    }

    @Override
    public List<Note> notes() {
        return decisions.notes(source);
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public String format() {
        return source.format();
    }

    @Override
    public Architecture architecture() {
        return source.architecture();
    }

    @Override
    public ElfClass elfClass() {
        return source.elfClass();
    }

    @Override
    public ByteOrder byteOrder() {
        return source.byteOrder();
    }

    @Override
    public int pageSize() {
        return source.pageSize();
    }

    @Override
    public VmcoreInfo info() {
        return source.info();
    }

    @Override
    public List<PhysicalRange> memory() throws IOException {
        return source.memory();
    }

    @Override
    public long maxPfn() throws IOException {
        return source.maxPfn();
    }

    @Override
    public Presence presence(long physicalAddress) throws IOException {
        return source.presence(physicalAddress);
    }

    @Override
    public OptionalInt dumpLevel() {
        return source.dumpLevel();
    }

    @Override
    public List<String> problems() {
        return source.problems();
    }

    @Override
    public void close() {}
}
