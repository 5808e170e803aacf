package org.kdump.kexec.image;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.ProgramHeader;

/// Builds a kernel as a linker would: an ELF program with segments.
public final class ElfBuilder {
    private final ElfClass elfClass;
    private final long entry;
    private final List<ProgramHeader> headers = new ArrayList<>();
    private final List<byte[]> contents = new ArrayList<>();
    private int type = ElfHeader.ET_EXEC;
    private int machine;

    private ElfBuilder(ElfClass elfClass, int machine, long entry) {
        this.elfClass = elfClass;
        this.machine = machine;
        this.entry = entry;
    }

    public static ElfBuilder x86(ElfClass elfClass, long entry) {
        int machine = elfClass == ElfClass.ELF64 ? ElfHeader.EM_X86_64 : ElfHeader.EM_386;
        return new ElfBuilder(elfClass, machine, entry);
    }

    /// A 64-bit Linux of two segments at 16 MiB, text and data with more in memory than in the file.
    public static ElfBuilder vmlinux() {
        return x86(ElfClass.ELF64, 0x100_0040)
                .segment(0xffff_ffff_8100_0000L, 0x100_0000, new byte[] {1, 2, 3, 4}, 0x1000)
                .segment(0xffff_ffff_8120_0000L, 0x120_0000, new byte[] {5, 6, 7}, 0x30_0000);
    }

    /// The same of 32 bits.
    public static ElfBuilder vmlinux32() {
        return x86(ElfClass.ELF32, 0x100_0000)
                .segment(0xc100_0000L, 0x100_0000, new byte[] {1, 2, 3, 4}, 0x1000)
                .segment(0xc120_0000L, 0x120_0000, new byte[] {5, 6, 7}, 0x30_0000);
    }

    ElfBuilder type(int other) {
        type = other;
        return this;
    }

    ElfBuilder machine(int other) {
        machine = other;
        return this;
    }

    public ElfBuilder segment(long virtual, long physical, byte[] content, long memory) {
        return header(
                new ProgramHeader(
                        ProgramHeader.PT_LOAD, ProgramHeader.PF_R, 0, virtual, physical, content.length, memory, 4096),
                content);
    }

    /// A header as it is, but for the offset.
    ElfBuilder header(ProgramHeader header, byte[] content) {
        headers.add(header);
        contents.add(content);
        return this;
    }

    public byte[] bytes() {
        var sink = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        int start = elfClass.headerSize();
        new ElfHeader(elfClass, ByteOrder.LITTLE_ENDIAN, type, machine, entry, start, 0, 0, headers.size(), 0, 0)
                .write(sink);
        long offset = start + (long) headers.size() * elfClass.programHeaderSize();
        for (int i = 0; i < headers.size(); i++) {
            ProgramHeader header = headers.get(i);
            new ProgramHeader(
                            header.type(),
                            header.flags(),
                            offset,
                            header.virtualAddress(),
                            header.physicalAddress(),
                            header.fileSize(),
                            header.memorySize(),
                            header.alignment())
                    .write(sink, elfClass);
            offset += contents.get(i).length;
        }
        contents.forEach(sink::bytes);
        return sink.toByteArray();
    }

    MemorySegment segment() {
        return MemorySegment.ofArray(bytes());
    }
}
