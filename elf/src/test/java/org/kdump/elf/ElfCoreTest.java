package org.kdump.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElfCoreTest {
    private static ElfFile read(byte[] bytes) throws IOException {
        return ElfFile.read(ByteSource.of("core", MemorySegment.ofArray(bytes)));
    }

    @ParameterizedTest
    @EnumSource(ElfClass.class)
    void readsSegmentsAndNotesBack(ElfClass elfClass) throws IOException {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            ByteSink notes = new ByteSink(order);
            Note.write(notes, "CORE", Note.NT_PRSTATUS, new byte[13]);
            Note.write(notes, "VMCOREINFO", 0, "OSRELEASE=7.2\n".getBytes(StandardCharsets.US_ASCII));
            notes.zeros(64);
            long start = ElfCoreHeaders.size(elfClass, 2);
            List<ProgramHeader> segments = List.of(
                    new ProgramHeader(ProgramHeader.PT_NOTE, 0, start, 0, 0, notes.size(), notes.size(), 4),
                    new ProgramHeader(ProgramHeader.PT_LOAD, 7, 0x9000, 0xc0000000L, 0x100000, 0x1000, 0x2000, 4096));
            byte[] headers = ElfCoreHeaders.encode(elfClass, order, ElfHeader.EM_386, segments);
            ElfFile file = read(new ByteSink(order)
                    .bytes(headers)
                    .bytes(notes.toByteArray())
                    .toByteArray());
            assertEquals(ElfHeader.ET_CORE, file.header().type());
            assertEquals(segments, file.programHeaders());
            assertEquals(
                    List.of("CORE", "VMCOREINFO"),
                    file.notes().stream().map(Note::name).toList());
            assertEquals("OSRELEASE=7.2\n", file.notes().get(1).text());
        }
    }

    @Test
    void moreSegmentsThanTheHeaderCanCount() throws IOException {
        ProgramHeader segment = new ProgramHeader(ProgramHeader.PT_LOAD, 7, 0, 0, 0, 0, 0, 0);
        List<ProgramHeader> many = new ArrayList<>(Collections.nCopies(70_000, segment));
        byte[] bytes = ElfCoreHeaders.encode(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_X86_64, many);
        assertEquals(ElfCoreHeaders.size(ElfClass.ELF64, 70_000), bytes.length);
        assertEquals(70_000, read(bytes).programHeaders().size());
    }

    @Test
    void notesThatLieAboutTheirSizeEndTheList() {
        ByteSink sink = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        Note.write(sink, "CORE", 1, new byte[8]);
        sink.u32(0x7fffffff).u32(0xffffffffL).u32(1).zeros(32);
        List<Note> notes = Note.readAll(0, MemorySegment.ofArray(sink.toByteArray()), ByteOrder.LITTLE_ENDIAN);
        assertEquals(1, notes.size());
    }

    @Test
    void addressesTooWideFor32BitsAreRefused() {
        ProgramHeader segment = new ProgramHeader(ProgramHeader.PT_LOAD, 7, 1L << 32, 0, 0, 0, 0, 0);
        assertThrows(
                ArithmeticException.class,
                () -> ElfCoreHeaders.encode(
                        ElfClass.ELF32, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_386, List.of(segment)));
    }
}
