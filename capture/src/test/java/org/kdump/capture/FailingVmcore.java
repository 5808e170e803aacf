package org.kdump.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalInt;
import org.kdump.elf.ElfClass;
import org.kdump.elf.Note;
import org.kdump.vmcore.Architecture;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;

/// A vmcore that cannot be mapped, and of which a range fails to be read.
record FailingVmcore(Vmcore vmcore, long start, long end) implements Vmcore {
    @Override
    public long read(long physicalAddress, MemorySegment target) throws IOException {
        if (physicalAddress < end && physicalAddress + target.byteSize() > start) {
            throw new IOException("the memory module is broken");
        }
        return vmcore.read(physicalAddress, target);
    }

    @Override
    public String name() {
        return vmcore.name();
    }

    @Override
    public String format() {
        return vmcore.format();
    }

    @Override
    public Architecture architecture() {
        return vmcore.architecture();
    }

    @Override
    public ElfClass elfClass() {
        return vmcore.elfClass();
    }

    @Override
    public ByteOrder byteOrder() {
        return vmcore.byteOrder();
    }

    @Override
    public int pageSize() {
        return vmcore.pageSize();
    }

    @Override
    public VmcoreInfo info() {
        return vmcore.info();
    }

    @Override
    public List<Note> notes() {
        return vmcore.notes();
    }

    @Override
    public List<PhysicalRange> memory() throws IOException {
        return vmcore.memory();
    }

    @Override
    public long maxPfn() throws IOException {
        return vmcore.maxPfn();
    }

    @Override
    public Presence presence(long physicalAddress) throws IOException {
        return vmcore.presence(physicalAddress);
    }

    @Override
    public OptionalInt dumpLevel() {
        return vmcore.dumpLevel();
    }

    @Override
    public List<String> problems() {
        return vmcore.problems();
    }

    @Override
    public void close() throws IOException {
        vmcore.close();
    }
}
