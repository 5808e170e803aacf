package org.kdump.vmcore.elfcore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Architecture;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;

class ElfCoreVmcoreTest {
    private static final long DIRECT = 0xffff888000000000L;
    private static final long TEXT = 0xffffffff81000000L;

    private static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static ElfCoreFixture x86() {
        return new ElfCoreFixture(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_X86_64);
    }

    private static byte[] read(Vmcore vmcore, long address, int length) throws IOException {
        byte[] bytes = new byte[length];
        return Arrays.copyOf(bytes, (int) vmcore.read(address, MemorySegment.ofArray(bytes)));
    }

    @ParameterizedTest
    @EnumSource(ElfClass.class)
    void readsBothClassesInBothByteOrders(ElfClass elfClass) throws IOException {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            ElfCoreFixture fixture = new ElfCoreFixture(elfClass, order, elfClass == ElfClass.ELF32 ? 40 : 22)
                    .note("CORE", 1, new byte[8])
                    .vmcoreinfo("OSRELEASE=7.2\nPAGESIZE=65536\n")
                    .load(0xc0000000L, 0x10000, filled(0x300, 1));
            try (ElfCoreVmcore vmcore = fixture.open()) {
                assertEquals("ELF core", vmcore.format());
                assertEquals(elfClass == ElfClass.ELF32 ? Architecture.ARM : Architecture.S390X, vmcore.architecture());
                assertEquals(elfClass, vmcore.elfClass());
                assertEquals(order, vmcore.byteOrder());
                assertEquals(65536, vmcore.pageSize());
                assertEquals(Optional.of("7.2"), vmcore.info().release());
                assertEquals(2, vmcore.notes().size());
                assertEquals(2, vmcore.maxPfn());
                assertEquals(OptionalInt.empty(), vmcore.dumpLevel());
                assertArrayEquals(filled(0x300, 1), read(vmcore, 0x10000, 0x300));
                assertEquals(List.of(), vmcore.problems());
            }
        }
    }

    @Test
    void aKernelWithPaeHas32BitsThoughItsCoreHas64() throws IOException {
        ElfCoreFixture fixture = new ElfCoreFixture(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_386);
        try (ElfCoreVmcore vmcore =
                fixture.load(0, 0x1_0000_0000L, filled(16, 1)).open()) {
            assertEquals(ElfClass.ELF32, vmcore.elfClass());
        }
    }

    @Test
    void a64BitKernelIsOneThoughA32BitOneCapturedIt() throws IOException {
        ElfCoreFixture fixture = new ElfCoreFixture(ElfClass.ELF32, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_386)
                .vmcoreinfo("PAGESIZE=4096\nNUMBER(phys_base)=0\n");
        try (ElfCoreVmcore vmcore =
                fixture.load(0x4000_1000, 0x1000, filled(16, 1)).open()) {
            assertEquals(ElfClass.ELF64, vmcore.elfClass());
            assertEquals(Architecture.X86_64, vmcore.architecture());
        }
    }

    @Test
    void segmentsMayBeUnsortedAndTouch() throws IOException {
        try (ElfCoreVmcore vmcore = x86().load(DIRECT + 0x3000, 0x3000, filled(0x1000, 3))
                .load(DIRECT + 0x1000, 0x1000, filled(0x1000, 1))
                .load(DIRECT + 0x2000, 0x2000, filled(0x1000, 2))
                .load(DIRECT + 0x9000, 0x9000, filled(0x1000, 9))
                .open()) {
            assertEquals(
                    List.of(new PhysicalRange(0x1000, 0x4000), new PhysicalRange(0x9000, 0xa000)), vmcore.memory());
            MemorySegment target = MemorySegment.ofArray(new byte[0x8000]);
            assertEquals(0x2800, vmcore.read(0x1800, target));
            assertEquals(1, target.get(ValueLayout.JAVA_BYTE, 0x7ff));
            assertEquals(2, target.get(ValueLayout.JAVA_BYTE, 0x800));
            assertEquals(3, target.get(ValueLayout.JAVA_BYTE, 0x27ff));
            assertEquals(Presence.ABSENT, vmcore.presence(0x4000));
            assertEquals(Presence.ABSENT, vmcore.presence(-1));
            assertEquals(0, vmcore.read(Long.MIN_VALUE, target));
        }
    }

    @Test
    void theKernelsTextMappingDoesNoHarm() throws IOException {
        try (ElfCoreVmcore vmcore = x86().load(TEXT, 0x2000, filled(0x1000, 7))
                .load(DIRECT + 0x1000, 0x1000, filled(0x3000, 1))
                .load(TEXT + 0x100000, 0x8000, filled(0x1000, 8))
                .open()) {
            assertEquals(
                    List.of(new PhysicalRange(0x1000, 0x4000), new PhysicalRange(0x8000, 0x9000)), vmcore.memory());
            assertArrayEquals(filled(0x1000, 1), read(vmcore, 0x2000, 0x1000));
            assertArrayEquals(filled(0x1000, 8), read(vmcore, 0x8000, 0x1000));
        }
    }

    @Test
    void segmentsWithoutAPhysicalAddressAreNoMemory() throws IOException {
        try (ElfCoreVmcore vmcore = x86().load(0xffffc90000000000L, -1, filled(0x1000, 1))
                .load(0xffffea0000000000L, 0, filled(0x1000, 2))
                .load(DIRECT, 0, filled(0x800, 3))
                .load(DIRECT + 0x10000, 0x10000, filled(0x1000, 4))
                .open()) {
            assertEquals(List.of(new PhysicalRange(0, 0x800), new PhysicalRange(0x10000, 0x11000)), vmcore.memory());
            assertArrayEquals(filled(8, 3), read(vmcore, 0, 8));
        }
    }

    @Test
    void hypervisorsWriteNoVirtualAddresses() throws IOException {
        try (ElfCoreVmcore vmcore = x86().load(0, 0, filled(0x1000, 1))
                .load(0, 0x100000, filled(0x1000, 2))
                .open()) {
            assertArrayEquals(filled(8, 1), read(vmcore, 0, 8));
            assertArrayEquals(filled(8, 2), read(vmcore, 0x100000, 8));
        }
    }

    @Test
    void whatTheSegmentHasMoreThanTheFileWasFilteredOut() throws IOException {
        try (ElfCoreVmcore vmcore = x86().load(DIRECT + 0x1000, 0x1000, filled(0x1000, 1), 0x3000)
                .load(DIRECT + 0x4000, 0x4000, filled(0x1000, 4))
                .open()) {
            assertEquals(Presence.PRESENT, vmcore.presence(0x1fff));
            assertEquals(Presence.EXCLUDED, vmcore.presence(0x2000));
            assertEquals(Presence.EXCLUDED, vmcore.presence(0x3fff));
            assertEquals(0x1000, vmcore.read(0x1000, MemorySegment.ofArray(new byte[0x4000])));
            assertEquals(List.of(new PhysicalRange(0x1000, 0x5000)), vmcore.memory());
            assertEquals(List.of(), vmcore.problems());
        }
    }

    @Test
    void whatIsBehindTheEndOfTheFileIsMissing() throws IOException {
        byte[] bytes = x86().load(TEXT, 0x5000, filled(0x1000, 7))
                .load(DIRECT + 0x1000, 0x1000, filled(0x8000, 1))
                .build();
        try (ElfCoreVmcore vmcore = ElfCoreFixture.open(Arrays.copyOf(bytes, bytes.length - 0x6000))) {
            assertEquals(Presence.PRESENT, vmcore.presence(0x2fff));
            assertEquals(Presence.MISSING, vmcore.presence(0x3000));
            // What the text mapping still has of it is used.
            assertArrayEquals(filled(0x1000, 7), read(vmcore, 0x5000, 0x1000));
            assertEquals(List.of(new PhysicalRange(0x1000, 0x9000)), vmcore.memory());
            assertTrue(
                    vmcore.problems().getFirst().contains("20480 bytes of memory are missing"),
                    vmcore.problems()::toString);
        }
    }

    @Test
    void memoryIsMappedWhereItIsInOnePiece() throws IOException {
        try (Arena arena = Arena.ofConfined();
                ElfCoreVmcore vmcore = x86().load(DIRECT + 0x1000, 0x1000, filled(0x1000, 1))
                        .load(DIRECT + 0x2000, 0x2000, filled(0x1000, 2), 0x2000)
                        .open()) {
            byte[] mapped = vmcore.map(0x2100, 0xf00, arena).orElseThrow().toArray(ValueLayout.JAVA_BYTE);
            assertArrayEquals(filled(0xf00, 2), mapped);
            assertEquals(Optional.empty(), vmcore.map(0x1100, 0x1000, arena));
            assertEquals(Optional.empty(), vmcore.map(0x3000, 1, arena));
            assertEquals(Optional.empty(), vmcore.map(0, 1, arena));
            assertEquals(Optional.empty(), vmcore.map(0x1000, -1, arena));
        }
    }

    @Test
    void aTruncatedFileGivesWhatItHasOrAClearError() throws IOException {
        byte[] bytes = sample();
        for (int length = 4; length < bytes.length; length += 64) {
            try (ElfCoreVmcore vmcore = ElfCoreFixture.open(Arrays.copyOf(bytes, length))) {
                assertTrue(vmcore.problems().stream().anyMatch(problem -> problem.contains("truncated")));
                readAll(vmcore);
            } catch (MalformedInputException error) {
                assertTrue(error.getMessage().startsWith("core: "), error.getMessage());
                assertTrue(error.getMessage().contains("truncated"), error.getMessage());
            }
        }
    }

    @Test
    void aFlippedByteGivesAResultOrAClearError() throws IOException {
        byte[] bytes = sample();
        for (int i = 0; i < 1000; i++) {
            for (int mask : new int[] {0xff, 0x80, 0x01}) {
                bytes[i] ^= (byte) mask;
                try (ElfCoreVmcore vmcore = ElfCoreFixture.open(bytes)) {
                    readAll(vmcore);
                } catch (MalformedInputException error) {
                    assertTrue(error.getMessage().startsWith("core: "), error.getMessage());
                }
                bytes[i] ^= (byte) mask;
            }
        }
    }

    private static byte[] sample() {
        return x86().note("CORE", 1, new byte[336])
                .vmcoreinfo("OSRELEASE=6.1\n")
                .load(TEXT, 0x2000, filled(0x1000, 7))
                .load(DIRECT + 0x1000, 0x1000, filled(0x2000, 1), 0x3000)
                .load(DIRECT + 0x10000, 0x10000, filled(0x1000, 2))
                .build();
    }

    private static void readAll(ElfCoreVmcore vmcore) throws IOException {
        vmcore.maxPfn();
        byte[] page = new byte[0x1000];
        for (PhysicalRange range : vmcore.memory()) {
            long read = vmcore.read(range.start(), MemorySegment.ofArray(page));
            assertEquals(vmcore.presence(range.start()) == Presence.PRESENT, read > 0);
        }
    }

    @Test
    void thousandsOfOverlappingSegmentsTakeNoTime() throws IOException {
        ElfCoreFixture fixture = x86();
        for (int i = 0; i < 20_000; i++) {
            fixture.load(i % 2 == 0 ? 0 : TEXT, 0x1000L * (i * 7919 % 20_000), new byte[0], 0x1000L * (i % 50 + 1));
        }
        try (ElfCoreVmcore vmcore = fixture.open()) {
            assertEquals(1, vmcore.memory().size());
        }
    }

    @Test
    void otherElfFilesAreNamed() {
        byte[] bytes = sample();
        bytes[16] = ElfHeader.ET_EXEC;
        String message = assertThrows(MalformedInputException.class, () -> ElfCoreFixture.open(bytes))
                .getMessage();
        assertTrue(message.contains("an executable, such as a vmlinux, not a core file"), message);
    }

    @Test
    void aCoreWithoutMemorySaysSo() throws IOException {
        try (ElfCoreVmcore vmcore = x86().open()) {
            assertEquals(List.of(), vmcore.memory());
            assertEquals(0, vmcore.maxPfn());
            assertTrue(vmcore.problems().getFirst().contains("no memory"));
        }
    }
}
