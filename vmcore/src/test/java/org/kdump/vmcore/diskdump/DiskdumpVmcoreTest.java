package org.kdump.vmcore.diskdump;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.kdump.elf.ElfClass;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Note;
import org.kdump.vmcore.Architecture;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Presence;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;

class DiskdumpVmcoreTest {
    private static final int PAGE = DiskdumpFixture.PAGE;

    private static byte[] read(Vmcore vmcore, long address, int length) throws IOException {
        byte[] bytes = new byte[length];
        long read = vmcore.read(address, MemorySegment.ofArray(bytes));
        return Arrays.copyOf(bytes, (int) read);
    }

    @ParameterizedTest
    @CsvSource({
        "true, x86_64, X86_64, ELF64",
        "true, i686, I386, ELF32",
        "true, armv7l, ARM, ELF32",
        "false, s390x, S390X, ELF64",
        "false, ppc64, PPC64, ELF64",
        "true, ppc64le, PPC64, ELF64",
        "true, odd, UNKNOWN, ELF64",
        "false, unknown32, UNKNOWN, ELF32"
    })
    void readsEveryLayout(boolean little, String machine, Architecture architecture, ElfClass elfClass)
            throws IOException {
        ByteOrder order = little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        DiskdumpFixture fixture = new DiskdumpFixture(order, machine)
                .page(1, PageCodec.ZLIB)
                .page(2, PageCodec.ZSTD)
                .page(9, PageCodec.NONE)
                .exclude(3);
        try (DiskdumpVmcore vmcore = fixture.open()) {
            assertEquals("kdump-compressed v6", vmcore.format());
            assertEquals(architecture, vmcore.architecture());
            assertEquals(elfClass, vmcore.elfClass());
            assertEquals(order, vmcore.byteOrder());
            assertEquals(PAGE, vmcore.pageSize());
            assertEquals(10, vmcore.maxPfn());
            assertEquals(OptionalInt.of(31), vmcore.dumpLevel());
            assertEquals(Optional.of("6.1.0"), vmcore.info().release());
            assertEquals(
                    List.of("CORE", "VMCOREINFO"),
                    vmcore.notes().stream().map(Note::name).toList());
            assertEquals(
                    List.of(new PhysicalRange(PAGE, 4 * PAGE), new PhysicalRange(9 * PAGE, 10 * PAGE)),
                    vmcore.memory());
            for (long pfn : new long[] {1, 2, 9}) {
                assertArrayEquals(DiskdumpFixture.contents(pfn), read(vmcore, pfn * PAGE, PAGE));
            }
            assertEquals(List.of(), vmcore.problems());
        }
    }

    @Test
    void readsAsFarAsPagesAreThere() throws IOException {
        try (DiskdumpVmcore vmcore = DiskdumpFixture.usual().open()) {
            assertEquals(2 * PAGE, read(vmcore, PAGE, 10 * PAGE).length);
            byte[] across = read(vmcore, 2 * PAGE - 3, 6);
            assertArrayEquals(
                    Arrays.copyOfRange(DiskdumpFixture.contents(1), PAGE - 3, PAGE), Arrays.copyOf(across, 3));
            assertArrayEquals(Arrays.copyOf(DiskdumpFixture.contents(2), 3), Arrays.copyOfRange(across, 3, 6));
            assertEquals(0, read(vmcore, 0, 1).length);
            assertEquals(0, read(vmcore, -1, 8).length);
            assertEquals(0, read(vmcore, Long.MIN_VALUE, 8).length);
        }
    }

    @Test
    void tellsWhyAPageIsNotThere() throws IOException {
        try (DiskdumpVmcore vmcore = DiskdumpFixture.usual().open()) {
            assertEquals(Presence.ABSENT, vmcore.presence(0));
            assertEquals(Presence.PRESENT, vmcore.presence(PAGE));
            assertEquals(Presence.EXCLUDED, vmcore.presence(3 * PAGE));
            assertEquals(Presence.ABSENT, vmcore.presence(4 * PAGE));
            assertEquals(Presence.ABSENT, vmcore.presence(100 * PAGE));
            assertEquals(Presence.ABSENT, vmcore.presence(-1));
        }
    }

    @Test
    void pagesMayShareTheirData() throws IOException {
        byte[] zeroes = new byte[PAGE];
        DiskdumpFixture fixture = DiskdumpFixture.usual();
        for (int pfn = 10; pfn < 300; pfn++) {
            fixture.page(pfn, PageCodec.ZSTD, zeroes);
        }
        assertTrue(fixture.build().length < 10 * PAGE);
        try (DiskdumpVmcore vmcore = fixture.open()) {
            assertArrayEquals(new byte[290 * PAGE], read(vmcore, 10 * PAGE, 300 * PAGE));
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "3", "4", "5"})
    void readsEarlierVersions(int version) throws IOException {
        DiskdumpFixture fixture = DiskdumpFixture.usual();
        fixture.version = version;
        try (DiskdumpVmcore vmcore = fixture.open()) {
            assertArrayEquals(DiskdumpFixture.contents(5), read(vmcore, 5 * PAGE, PAGE));
            assertEquals(version >= 3, vmcore.info().release().isPresent());
            assertEquals(version < 3 ? 0 : version == 3 ? 1 : 2, vmcore.notes().size());
            assertEquals(List.of(), vmcore.problems());
        }
    }

    @Test
    void oneBitmapMeansThatAllMemoryIsThere() throws IOException {
        DiskdumpFixture fixture = DiskdumpFixture.usual();
        fixture.oneBitmap = true;
        try (DiskdumpVmcore vmcore = fixture.open()) {
            assertArrayEquals(DiskdumpFixture.contents(2), read(vmcore, 2 * PAGE, PAGE));
            assertEquals(Presence.ABSENT, vmcore.presence(3 * PAGE));
        }
    }

    @Test
    void aPartOfASplitDumpKnowsWhatIsElsewhere() throws IOException {
        DiskdumpFixture fixture = DiskdumpFixture.usual();
        fixture.split = 1;
        fixture.startPfn = 2;
        fixture.endPfn = 4;
        try (DiskdumpVmcore vmcore = fixture.open()) {
            assertArrayEquals(DiskdumpFixture.contents(2), read(vmcore, 2 * PAGE, PAGE));
            assertEquals(Presence.MISSING, vmcore.presence(PAGE));
            assertEquals(Presence.MISSING, vmcore.presence(5 * PAGE));
            assertEquals(0, read(vmcore, 5 * PAGE, PAGE).length);
            assertTrue(vmcore.problems().getFirst().contains("one part of several"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyCodecIsRead(PageCodec codec) throws IOException {
        DiskdumpFixture fixture = DiskdumpFixture.usual().page(6, codec);
        fixture.status = codec.flag();
        try (DiskdumpVmcore vmcore = fixture.open()) {
            assertEquals(List.of(), vmcore.problems());
            assertArrayEquals(DiskdumpFixture.contents(6), read(vmcore, 6 * PAGE, PAGE));
        }
    }

    @Test
    void aDamagedPageIsMissingAndTold() throws IOException {
        byte[] bytes = DiskdumpFixture.usual().build();
        // The first page's data stands behind the three descriptors; a zlib stream cannot begin with this.
        bytes[4 * PAGE + 3 * PageDescriptor.SIZE] = -1;
        try (DiskdumpVmcore vmcore = DiskdumpFixture.open(bytes)) {
            assertEquals(Presence.PRESENT, vmcore.presence(PAGE));
            assertEquals(0, read(vmcore, PAGE, PAGE).length);
            assertEquals(0, read(vmcore, PAGE, PAGE).length);
            assertEquals(Presence.MISSING, vmcore.presence(PAGE));
            assertEquals(1, vmcore.problems().size());
            assertTrue(vmcore.problems().getFirst().startsWith("the page at 0x1000 is damaged"));
            assertArrayEquals(DiskdumpFixture.contents(2), read(vmcore, 2 * PAGE, PAGE));
        }
    }

    @Test
    void anIncompleteDumpCountsWhatItLost() throws IOException {
        DiskdumpFixture fixture = DiskdumpFixture.usual();
        fixture.status = DiskdumpHeader.STATUS_INCOMPLETE;
        byte[] bytes = fixture.build();
        Arrays.fill(bytes, 4 * PAGE + 2 * PageDescriptor.SIZE, 4 * PAGE + 3 * PageDescriptor.SIZE, (byte) 0);
        try (DiskdumpVmcore vmcore = DiskdumpFixture.open(bytes)) {
            assertEquals(Presence.MISSING, vmcore.presence(5 * PAGE));
            assertTrue(vmcore.problems().getFirst().contains("incomplete"));
            assertTrue(vmcore.problems().getLast().contains("1 of 3 pages"), vmcore.problems()::toString);
        }
    }

    @Test
    void aTruncatedFileGivesWhatItHasOrAClearError() throws IOException {
        byte[] bytes = DiskdumpFixture.usual().build();
        for (int length = 8; length < bytes.length; length += 64) {
            try (DiskdumpVmcore vmcore = DiskdumpFixture.open(Arrays.copyOf(bytes, length))) {
                assertTrue(
                        vmcore.problems().stream().anyMatch(problem -> problem.contains("truncated")), "at " + length);
                assertReadsNothingWrong(vmcore, true);
            } catch (MalformedInputException error) {
                assertTrue(error.getMessage().startsWith("dump: "), error.getMessage());
                assertTrue(error.getMessage().contains("truncated"), error.getMessage());
            }
        }
    }

    @Test
    void aFlippedByteGivesAResultOrAClearError() throws IOException {
        byte[] bytes = DiskdumpFixture.usual().build();
        for (int i = 0; i < bytes.length; i++) {
            if (i > 5000 && i < 4 * PAGE && i % 64 != 0) {
                continue;
            }
            for (int mask : new int[] {0xff, 0x80, 0x01}) {
                bytes[i] ^= (byte) mask;
                try (DiskdumpVmcore vmcore = DiskdumpFixture.open(bytes)) {
                    assertReadsNothingWrong(vmcore, false);
                } catch (MalformedInputException error) {
                    assertTrue(error.getMessage().startsWith("dump: "), error.getMessage());
                }
                bytes[i] ^= (byte) mask;
            }
        }
    }

    private static void assertReadsNothingWrong(DiskdumpVmcore vmcore, boolean exact) throws IOException {
        vmcore.notes();
        vmcore.memory();
        for (long pfn = 0; pfn < 10; pfn++) {
            byte[] page = read(vmcore, pfn * PAGE, PAGE);
            assertEquals(vmcore.presence(pfn * PAGE) == Presence.PRESENT, page.length > 0);
            if (exact && page.length > 0) {
                assertArrayEquals(DiskdumpFixture.contents(pfn), page);
            }
        }
    }

    @Test
    void sizesThatCannotBeTrueAreRefusedByName() {
        byte[] bytes = DiskdumpFixture.usual().build();
        bytes[PAGE + 96 + 6] = 1;
        String message = assertThrows(MalformedInputException.class, () -> DiskdumpFixture.open(bytes))
                .getMessage();
        assertTrue(message.contains("kdump_sub_header.max_mapnr_64"), message);
        byte[] zeroes = Arrays.copyOf("KDUMP   ".getBytes(StandardCharsets.US_ASCII), 2 * PAGE);
        assertThrows(MalformedInputException.class, () -> DiskdumpFixture.open(zeroes));
    }

    @Test
    void manyThreadsReadTheSame() throws IOException {
        DiskdumpFixture fixture = DiskdumpFixture.usual();
        for (int pfn = 10; pfn < 200; pfn++) {
            fixture.page(pfn, pfn % 2 == 0 ? PageCodec.ZSTD : PageCodec.ZLIB);
        }
        try (DiskdumpVmcore vmcore = fixture.open()) {
            IntStream.range(0, 8).parallel().forEach(thread -> assertAllPages(vmcore, thread));
        }
    }

    private static void assertAllPages(Vmcore vmcore, int thread) {
        try {
            for (int i = 0; i < 2000; i++) {
                int pfn = 10 + (i * 7 + thread * 31) % 190;
                int from = i % 2 == 0 ? 0 : 100;
                byte[] expected = Arrays.copyOfRange(DiskdumpFixture.contents(pfn), from, PAGE);
                assertArrayEquals(expected, read(vmcore, (long) pfn * PAGE + from, PAGE - from));
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}
