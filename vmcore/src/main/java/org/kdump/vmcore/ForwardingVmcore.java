package org.kdump.vmcore;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalInt;
import org.kdump.elf.ElfClass;
import org.kdump.elf.Note;

/// Another machine's memory seen through something: all but how it is read, and what closes it, is the source's.
public interface ForwardingVmcore extends Vmcore {
    /// What is seen.
    Vmcore source();

    @Override
    default List<Note> notes() {
        return source().notes();
    }

    @Override
    default String name() {
        return source().name();
    }

    @Override
    default String format() {
        return source().format();
    }

    @Override
    default Architecture architecture() {
        return source().architecture();
    }

    @Override
    default ElfClass elfClass() {
        return source().elfClass();
    }

    @Override
    default ByteOrder byteOrder() {
        return source().byteOrder();
    }

    @Override
    default int pageSize() {
        return source().pageSize();
    }

    @Override
    default VmcoreInfo info() {
        return source().info();
    }

    @Override
    default List<PhysicalRange> memory() throws IOException {
        return source().memory();
    }

    @Override
    default long maxPfn() throws IOException {
        return source().maxPfn();
    }

    @Override
    default Presence presence(long physicalAddress) throws IOException {
        return source().presence(physicalAddress);
    }

    @Override
    default OptionalInt dumpLevel() {
        return source().dumpLevel();
    }

    @Override
    default List<String> problems() {
        return source().problems();
    }
}
