package org.kdump.vmcore.elfcore;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfCoreHeaders;
import org.kdump.elf.Note;
import org.kdump.elf.ProgramHeader;

/// An ELF core file of a machine, made segment by segment.
public final class ElfCoreFixture {
    private final ElfClass elfClass;
    private final ByteOrder order;
    private final int machine;
    private final List<ProgramHeader> loads = new ArrayList<>();
    private final ByteSink data;
    private final ByteSink notes;

    public ElfCoreFixture(ElfClass elfClass, ByteOrder order, int machine) {
        this.elfClass = elfClass;
        this.order = order;
        this.machine = machine;
        data = new ByteSink(order);
        notes = new ByteSink(order);
    }

    public ElfCoreFixture note(String name, int type, byte[] description) {
        Note.write(notes, name, type, description);
        return this;
    }

    public ElfCoreFixture vmcoreinfo(String text) {
        return note("VMCOREINFO", 0, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /// Memory at `physical`, of which `contents` are in the file and `length` bytes there.
    public ElfCoreFixture load(long virtual, long physical, byte[] contents, long length) {
        loads.add(new ProgramHeader(
                ProgramHeader.PT_LOAD, 7, data.size(), virtual, physical, contents.length, length, 4096));
        data.bytes(contents);
        return this;
    }

    public ElfCoreFixture load(long virtual, long physical, byte[] contents) {
        return load(virtual, physical, contents, contents.length);
    }

    public byte[] build() {
        long noteOffset = ElfCoreHeaders.size(elfClass, loads.size() + 1);
        long dataOffset = noteOffset + notes.size();
        List<ProgramHeader> headers = new ArrayList<>();
        headers.add(new ProgramHeader(ProgramHeader.PT_NOTE, 0, noteOffset, 0, 0, notes.size(), notes.size(), 4));
        loads.forEach(load -> headers.add(new ProgramHeader(
                load.type(),
                load.flags(),
                dataOffset + load.offset(),
                load.virtualAddress(),
                load.physicalAddress(),
                load.fileSize(),
                load.memorySize(),
                load.alignment())));
        return new ByteSink(order)
                .bytes(ElfCoreHeaders.encode(elfClass, order, machine, headers))
                .bytes(notes.toByteArray())
                .bytes(data.toByteArray())
                .toByteArray();
    }

    public ElfCoreVmcore open() throws IOException {
        return open(build());
    }

    public static ElfCoreVmcore open(byte[] bytes) throws IOException {
        return ElfCoreVmcore.open(ByteSource.of("core", MemorySegment.ofArray(bytes)), () -> {});
    }
}
