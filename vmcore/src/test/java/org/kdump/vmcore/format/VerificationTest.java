package org.kdump.vmcore.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
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
}
