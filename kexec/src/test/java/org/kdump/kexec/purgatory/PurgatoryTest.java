package org.kdump.kexec.purgatory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfFile;
import org.kdump.elf.Section;

class PurgatoryTest {
    private static final long BELOW_4_GIB = 0x2f00_0000L;
    private static final long ABOVE_4_GIB = 0x12_3456_7000L;

    private static final KernelEntry NOWHERE = new KernelEntry.In64BitMode(0, 0);

    private static PurgatoryParameters parameters(List<Region> regions) {
        byte[] digest = new byte[PurgatoryParameters.DIGEST_SIZE];
        Arrays.fill(digest, (byte) 0xd5);
        return new PurgatoryParameters(
                0,
                0x3000_0000L,
                0xa_0000,
                regions,
                digest,
                new KernelEntry.In64BitMode(0x3100_0200L, 0x3200_0000L),
                SerialLine.at(0x3f8),
                true);
    }

    @Test
    void readelfHasNothingToSayAgainstIt(@TempDir Path directory) throws Exception {
        String output = BinaryTool.READELF.run(BinaryTool.write(directory, Purgatory.objectFile()), "-aW");
        assertNoComplaint(output);
        for (String expected : List.of(
                "REL (Relocatable file)",
                "Advanced Micro Devices X86-64",
                ".rela.text",
                "purgatory_start",
                "GLOBAL DEFAULT",
                "R_X86_64_PC32",
                "R_X86_64_PLT32",
                "R_X86_64_64")) {
            assertTrue(output.contains(expected), expected + " is missing in\n" + output);
        }
    }

    @Test
    void objdumpUnderstandsEveryInstruction(@TempDir Path directory) throws Exception {
        String output = BinaryTool.OBJDUMP.run(BinaryTool.write(directory, Purgatory.objectFile()), "-dr");
        assertNoComplaint(output);
        assertFalse(output.contains("(bad)"), output);
        assertTrue(output.contains("<sha256_blocks>:"), output);
    }

    private static void assertNoComplaint(String output) {
        String lower = output.toLowerCase();
        assertFalse(lower.contains("warning") || lower.contains("error") || lower.contains("corrupt"), output);
    }

    /// Sharing a page made hashing under QEMU six times slower: each write to the hash state threw translated code
    /// away.
    @Test
    void whatIsWrittenSharesNoPageWithCode() throws Exception {
        ElfFile object = ElfFile.read(ByteSource.of("object", MemorySegment.ofArray(Purgatory.objectFile())));
        assertEquals(
                Purgatory.ALIGNMENT,
                object.section(".data").orElseThrow().header().alignment());
        List<String> names = object.sections().stream().map(Section::name).toList();
        assertTrue(names.indexOf(".text") < names.indexOf(".data"), names.toString());
        assertTrue(names.indexOf(".data") < names.indexOf(".bss"), names.toString());
    }

    @Test
    void theSameObjectEveryTime() {
        assertArrayEquals(Purgatory.objectFile(), Purgatory.objectFile());
    }

    @Test
    void linksBelowAndAbove4Gib() {
        for (long address : new long[] {0, BELOW_4_GIB, ABOVE_4_GIB, 1L << 51}) {
            LinkedPurgatory linked = Purgatory.link(address, parameters(List.of(new Region(0x3100_0000L, 4096))));
            assertEquals(Purgatory.size(), linked.memorySize());
            assertTrue(linked.image().length <= linked.memorySize());
            assertTrue(linked.entry() >= address && linked.entry() < address + linked.image().length);
        }
    }

    @Test
    void onlyTheGdtPointersDependOnTheAddress() {
        byte[] low = Purgatory.link(BELOW_4_GIB, parameters(List.of())).image();
        byte[] high = Purgatory.link(ABOVE_4_GIB, parameters(List.of())).image();
        ByteBuffer lowBytes = ByteBuffer.wrap(low).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer highBytes = ByteBuffer.wrap(high).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 2; i++) {
            int first = Arrays.mismatch(low, high);
            int pointer = indexOf(high, ABOVE_4_GIB, first - 7, first + 1);
            assertEquals(ABOVE_4_GIB - BELOW_4_GIB, highBytes.getLong(pointer) - lowBytes.getLong(pointer));
            lowBytes.putLong(pointer, highBytes.getLong(pointer));
        }
        assertArrayEquals(low, high);
    }

    private static int indexOf(byte[] image, long page, int from, int to) {
        ByteBuffer bytes = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = from; i < to; i++) {
            long value = bytes.getLong(i);
            if (value >= page && value < page + image.length) {
                return i;
            }
        }
        throw new AssertionError("no address in the image");
    }

    @Test
    void parametersAreInTheImage() {
        List<Region> regions = List.of(new Region(0x1111_0000L, 0x2222), new Region(0x7_3333_0000L, 0x4444));
        ByteBuffer image = ByteBuffer.wrap(
                        Purgatory.link(BELOW_4_GIB, parameters(regions)).image())
                .order(ByteOrder.LITTLE_ENDIAN);
        // In the order of WritableData, from the first parameter that is unlike anything else on.
        int at = 0;
        while (image.getLong(at) != 0x3000_0000L) {
            at++;
        }
        assertEquals(0xa_0000, image.getLong(at + 8));
        assertEquals(0x3100_0200L, image.getLong(at + 16));
        assertEquals(0x3200_0000L, image.getLong(at + 40));
        assertEquals(0, image.getInt(at + 48));
        assertEquals(0x3f8, image.getInt(at + 56));
        assertEquals(1, image.getInt(at + 64));
        assertEquals(0xd5d5_d5d5_d5d5_d5d5L, image.getLong(at + 72));
        assertEquals(2, image.getLong(at + 104));
        assertEquals(0x1111_0000L, image.getLong(at + 112));
        assertEquals(0x2222, image.getLong(at + 120));
        assertEquals(0x7_3333_0000L, image.getLong(at + 128));
        assertEquals(0x4444, image.getLong(at + 136));
        assertEquals(0, image.getLong(at + 144));
    }

    @Test
    void whatPurgatoryCouldNotDoIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Purgatory.link(BELOW_4_GIB + 16, parameters(List.of())));
        var in32BitMode = new PurgatoryParameters(
                0, 0, 0, List.of(), new byte[32], new KernelEntry.In32BitMode(0, 0, 0, 0), SerialLine.at(0), false);
        assertThrows(IllegalArgumentException.class, () -> Purgatory.link(ABOVE_4_GIB, in32BitMode));
        assertThrows(IllegalArgumentException.class, () -> new KernelEntry.In32BitMode(1L << 32, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> Purgatory.link(-4096, parameters(List.of())));
        List<Region> many = Collections.nCopies(PurgatoryParameters.MAXIMUM_REGIONS + 1, new Region(0, 1));
        assertThrows(IllegalArgumentException.class, () -> parameters(many));
        assertThrows(IllegalArgumentException.class, () -> new Region(0, -1));
        assertThrows(IllegalArgumentException.class, () -> new Region(Long.MAX_VALUE, 1));
        byte[] digest = new byte[PurgatoryParameters.DIGEST_SIZE];
        assertThrows(
                IllegalArgumentException.class,
                () -> new PurgatoryParameters(0, 4096, 4097, List.of(), digest, NOWHERE, SerialLine.at(0), false));
        assertThrows(
                IllegalArgumentException.class,
                () -> new PurgatoryParameters(0, 0, 0, List.of(), new byte[31], NOWHERE, SerialLine.at(0), false));
        assertThrows(
                IllegalArgumentException.class,
                () -> new PurgatoryParameters(0, 0, 0, List.of(), digest, NOWHERE, SerialLine.at(0x1_0000), false));
    }
}
