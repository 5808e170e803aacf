package org.kdump.vmcore.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.codec.PageCodec;

/// Damage to a dump that our writer wrote is found, wherever it is.
class VerificationTest {
    @TempDir
    Path directory;

    private Verification verify(byte[] dump) throws IOException {
        try (Vmcore vmcore = VmcoreFile.open(Files.write(directory.resolve("dump"), dump))) {
            return Verification.of(vmcore, pages -> {});
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDumpIsSound(PageCodec codec) throws IOException {
        Verification found = verify(Dumps.kdump(codec, false));
        assertEquals(new Verification(Dumps.PAGES, 0, true, List.of()), found);
    }

    @Test
    void aFlattenedDumpIsSound() throws IOException {
        assertEquals(new Verification(Dumps.PAGES, 0, true, List.of()), verify(Dumps.kdump(PageCodec.ZLIB, true)));
    }

    @ParameterizedTest
    @EnumSource
    void aByteOfAPageThatChangedIsFound(PageCodec codec) throws IOException {
        byte[] dump = Dumps.kdump(codec, false);
        dump[dump.length - 100] ^= 1;
        Verification found = verify(dump);
        assertEquals(1, found.damaged(), () -> found.toString());
        assertTrue(found.damage().getFirst().startsWith("physical memory 0x"), () -> found.toString());
    }

    /// The unused rest of the first block, and padding, count for nothing.
    @Test
    void aByteThatChangedBeforeThePagesIsFoundWhereItCounts() throws IOException {
        byte[] dump = Dumps.kdump(PageCodec.ZLIB, false);
        int block = 4096;
        int[] places = {
            12, // utsname
            300, // utsname.machine and behind
            408, // timestamp
            block, // phys_base
            block + 104 + 30, // notes
            2 * block + 1, // memory
            3 * block + 1, // dumped pages
            4 * block + 3, // page_desc.offset
            4 * block + 8, // page_desc.size
            4 * block + 16, // page_desc.page_flags
        };
        for (int place : places) {
            byte[] damaged = dump.clone();
            damaged[place] ^= 4;
            assertFalse(verify(damaged).isSound(), "byte " + place);
        }
    }

    @Test
    void aByteThatChangedInACoreIsFound() throws IOException {
        byte[] core = Dumps.writtenCore();
        Verification sound = verify(core);
        assertTrue(sound.isSound() && sound.checksums(), () -> sound.toString());
        // e_flags, p_paddr of the second segment, a note, pages, the zeroes between, the checksums themselves.
        for (int place : new int[] {48, 64 + 56 + 24, core.length / 2, core.length - 70_000, core.length - 41}) {
            byte[] damaged = core.clone();
            damaged[place] ^= 4;
            Verification found = verify(damaged);
            assertFalse(found.isSound(), "byte " + place);
        }
        assertFalse(verify(Arrays.copyOf(core, core.length - 1)).checksums());
    }

    @Test
    void aDumpThatWasCutOffIsNotSound() throws IOException {
        byte[] dump = Dumps.kdump(PageCodec.ZLIB, false);
        for (int length = dump.length - 1; length > 5 * 4096; length -= 7777) {
            Verification found = verify(Arrays.copyOf(dump, length));
            assertTrue(found.damaged() > 0, "cut at " + length);
        }
        byte[] core = Dumps.core();
        assertTrue(verify(core).isSound());
        assertTrue(verify(Arrays.copyOf(core, core.length - 10_000)).damaged() > 0);
    }

    /// A bit that nobody looks at may change; any other is found.
    @ParameterizedTest
    @EnumSource(names = {"OUR_ELF", "KDUMP_ZSTD", "KDUMP_LZO", "KDUMP_STORED", "FLATTENED"})
    void aBitThatChangedIsFoundOrMakesNoDifference(FuzzTest.Seed seed) throws IOException {
        byte[] dump = seed.bytes();
        String sound = contents(dump);
        Random random = new Random(1);
        int found = 0;
        for (int round = 0; round < 100; round++) {
            byte[] damaged = dump.clone();
            int place = random.nextInt(round % 2 == 0 ? dump.length : Math.min(dump.length, 6 * 4096));
            damaged[place] ^= (byte) (1 << random.nextInt(8));
            boolean isFound = isDamaged(damaged);
            found += isFound ? 1 : 0;
            assertTrue(isFound || sound.equals(contents(damaged)), "byte " + place);
        }
        assertTrue(found > 40, found + " found");
    }

    private boolean isDamaged(byte[] dump) throws IOException {
        try {
            return !verify(dump).isSound();
        } catch (MalformedInputException refused) {
            return true;
        }
    }

    /// All that a reader is told.
    private String contents(byte[] dump) throws IOException {
        CRC32 pages = new CRC32();
        try (Vmcore vmcore = VmcoreFile.open(Files.write(directory.resolve("dump"), dump))) {
            byte[] page = new byte[vmcore.pageSize()];
            for (long pfn = 0; pfn < vmcore.maxPfn(); pfn++) {
                pages.update(vmcore.presence(pfn * page.length).ordinal());
                pages.update(page, 0, (int) vmcore.read(pfn * page.length, MemorySegment.ofArray(page)));
            }
            vmcore.notes().forEach(note -> pages.update(note.bytes()));
            return pages.getValue()
                    + vmcore.format()
                    + vmcore.dumpLevel()
                    + vmcore.memory()
                    + vmcore.info().text()
                    + vmcore.architecture()
                    + vmcore.problems();
        }
    }
}
