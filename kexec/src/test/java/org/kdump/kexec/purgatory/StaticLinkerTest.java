package org.kdump.kexec.purgatory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.kdump.elf.SectionHeader.SHF_ALLOC;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfObjectWriter;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Symbol;

class StaticLinkerTest {
    private static final int X86_64 = 62;
    private static final int AARCH64 = 183;
    private static final long TARGET = 0x20;

    private static ElfObjectWriter object(int machine) {
        ElfObjectWriter object = new ElfObjectWriter(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, machine);
        int section = object.section(".data", SHF_ALLOC, 16, new byte[64]);
        return object.symbol(new Symbol("target", Symbol.STB_GLOBAL, Symbol.STT_OBJECT, section, TARGET, 8))
                .symbol(new Symbol("absolute", Symbol.STB_GLOBAL, Symbol.STT_NOTYPE, Symbol.SHN_ABS, 5, 0))
                .symbol(new Symbol("elsewhere", Symbol.STB_GLOBAL, Symbol.STT_NOTYPE, Symbol.SHN_UNDEF, 0, 0));
    }

    /// An object whose byte 8 on is to be patched.
    private static ElfObjectWriter object(RelocationType type, String symbol, long addend) {
        return object(X86_64).relocation(1, 8, symbol, type.code(), addend);
    }

    private static ByteBuffer link(ElfObjectWriter object, long address) throws IOException {
        return ByteBuffer.wrap(linker(object.toByteArray()).linkAt(address).image())
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    private static StaticLinker linker(byte[] object) throws IOException {
        return new StaticLinker(ByteSource.of("object", MemorySegment.ofArray(object)));
    }

    @Test
    void eachTypeStoresWhatThePsAbiSays() throws Exception {
        long address = 0x7000_0000L;
        assertEquals(
                address + TARGET + 3,
                link(object(RelocationType.R_X86_64_64, "target", 3), address).getLong(8));
        assertEquals(
                TARGET - 4 - 8,
                link(object(RelocationType.R_X86_64_PC32, "target", -4), address)
                        .getInt(8));
        assertEquals(
                TARGET - 4 - 8,
                link(object(RelocationType.R_X86_64_PLT32, "target", -4), address)
                        .getInt(8));
        assertEquals(
                address + TARGET,
                link(object(RelocationType.R_X86_64_32S, "target", 0), address).getInt(8));
        assertEquals(
                (int) 0xf000_0020L,
                link(object(RelocationType.R_X86_64_32, "target", 0), 0xf000_0000L)
                        .getInt(8));
        assertEquals(
                5,
                link(object(RelocationType.R_X86_64_64, "absolute", 0), address).getLong(8));
    }

    @Test
    void aValueThatDoesNotFitIsAnError() {
        expectMalformed(object(RelocationType.R_X86_64_32, "target", 0), 1L << 32, "cannot hold 0x100000020");
        expectMalformed(object(RelocationType.R_X86_64_32, "target", -0x21), 0, "cannot hold");
        expectMalformed(object(RelocationType.R_X86_64_32S, "target", 0), 1L << 31, "cannot hold 0x80000020");
        expectMalformed(object(RelocationType.R_X86_64_PC32, "absolute", 0), 1L << 32, "cannot hold");
        expectMalformed(object(RelocationType.R_X86_64_PLT32, "target", 1L << 31), 0, "cannot hold");
    }

    @Test
    void whatCannotBeLinkedIsAnError() {
        expectMalformed(object(RelocationType.R_X86_64_64, "elsewhere", 0), 0, "nothing defines the symbol elsewhere");
        expectMalformed(object(AARCH64), 0, "not that of a relocatable object for x86-64");
        expectMalformed(object(X86_64).relocation(1, 8, "target", 9, 0), 0, "relocation type 9");
        int last = RelocationType.R_X86_64_64.code();
        expectMalformed(object(X86_64).relocation(1, 57, "target", last, 0), 0, "lies outside .data");
        expectMalformed(object(X86_64).relocation(1, -1, "target", last, 0), 0, "lies outside .data");
        ElfObjectWriter demanding = object(X86_64);
        demanding.section(".huge", SHF_ALLOC, 8192, new byte[1]);
        expectMalformed(demanding, 0, "8192");
    }

    private static void expectMalformed(ElfObjectWriter object, long address, String reason) {
        MalformedInputException error = assertThrows(MalformedInputException.class, () -> link(object, address));
        assertTrue(error.getMessage().contains(reason), error.getMessage());
    }

    @Test
    void zeroedSectionsComeLastAndTakeNoRoomInTheImage() throws Exception {
        ElfObjectWriter object = new ElfObjectWriter(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, X86_64);
        int zeroed = object.zeroed(".bss", SHF_ALLOC, 32, 100);
        object.section(".data", SHF_ALLOC, 8, new byte[5]);
        object.section(".comment", 0, 1, new byte[1000]);
        object.symbol(new Symbol("room", Symbol.STB_GLOBAL, Symbol.STT_OBJECT, zeroed, 4, 8));
        StaticLinker linker = linker(object.toByteArray());
        assertEquals(132, linker.memorySize());
        LinkedObject linked = linker.linkAt(4096);
        assertEquals(5, linked.image().length);
        assertEquals(4096 + 32 + 4, linked.address("room"));
        assertThrows(IllegalStateException.class, () -> linked.setLong("room", 1));
        assertThrows(IllegalStateException.class, () -> linked.setLong("nothing", 1));
    }

    @Test
    void aDamagedObjectIsLinkedOrRefusedAndNothingElse() throws Exception {
        byte[] whole = Purgatory.objectFile();
        Random random = new Random(62);
        for (int round = 0; round < 3000; round++) {
            byte[] damaged = whole.clone();
            // The headers and tables are at the two ends.
            int place = random.nextBoolean() ? random.nextInt(64) : damaged.length - 1 - random.nextInt(3700);
            damaged[place] = (byte) random.nextInt(256);
            try {
                linker(damaged).linkAt(0x10_0000);
            } catch (MalformedInputException expected) {
                assertEquals("object", expected.file());
            }
        }
    }
}
