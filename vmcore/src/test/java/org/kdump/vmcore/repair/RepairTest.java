package org.kdump.vmcore.repair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfHeader;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.elfcore.ElfCoreFixture;

/// A machine whose memory is 2 MiB at 4 MiB, all of it the kernel's image, which KASLR moved to 0xffffffff82000000.
class RepairTest {
    private static final long MEMORY = 4 << 20;
    private static final long IMAGE = 0xffffffff82000000L;
    private static final long PHYS_BASE = MEMORY - 0x2000000;
    private static final long TOP = MEMORY + 0x8000;
    private static final long PRESENT = 1;
    private static final long LARGE = 0x80;

    private final ByteBuffer memory = ByteBuffer.allocate(2 << 20).order(ByteOrder.LITTLE_ENDIAN);

    private void entry(long table, int index, long value) {
        memory.putLong((int) (table - MEMORY) + index * 8, value);
    }

    /// Tables from `top` on, each a page behind the one above it.
    private void tables(long top, int levels, long mask) {
        entry(top, 273, MEMORY + 0x1f000 | mask | PRESENT);
        long table = top;
        for (int level = levels; level > 3; level--) {
            entry(table, 511, table + 0x1000 | mask | PRESENT);
            table += 0x1000;
        }
        entry(table, 510, table + 0x1000 | mask | PRESENT);
        entry(table + 0x1000, 16, MEMORY | mask | LARGE | PRESENT);
    }

    private static String right() {
        return "OSRELEASE=6.1.0\nSYMBOL(init_uts_ns)=" + Long.toHexString(IMAGE + 0x5000) + "\nSYMBOL(swapper_pg_dir)="
                + Long.toHexString(IMAGE + 0x8000) + "\nNUMBER(phys_base)=" + PHYS_BASE + "\nCRASHTIME=1\n";
    }

    private Vmcore dump(String vmcoreinfo) throws IOException {
        ElfCoreFixture core = new ElfCoreFixture(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_X86_64);
        return (vmcoreinfo.isEmpty() ? core : core.vmcoreinfo(vmcoreinfo))
                .load(0, MEMORY, memory.array())
                .open();
    }

    private void note(int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        memory.putInt(at, 11).putInt(at + 4, bytes.length).putInt(at + 8, 0);
        memory.put(at + 12, "VMCOREINFO".getBytes(StandardCharsets.ISO_8859_1)).put(at + 24, bytes);
    }

    @Test
    void whatFitsStaysAsItIs() throws IOException {
        tables(TOP, 4, 0);
        try (Vmcore dump = dump(right())) {
            assertSame(dump, Repair.of(dump));
        }
    }

    @Test
    void theKernelsOwnCopyOfTheNoteIsUsed() throws IOException {
        tables(TOP, 4, 0);
        note(0x10004, right().replace("phys_base)=", "phys_base)=1"));
        note(0x11000, right());
        note(0x12000, right().replace("CRASHTIME=1\n", "").replace("6.1.0", "another"));
        for (String damaged : new String[] {"", "OSRELEASE=6", right().replace("phys_base", "bhys_pase")}) {
            try (Vmcore dump = Repair.of(dump(damaged))) {
                assertEquals("6.1.0", dump.info().release().orElseThrow());
                assertEquals(OptionalLong.of(PHYS_BASE), dump.info().number("phys_base"));
                String problem = dump.problems().getLast();
                assertTrue(problem.contains("the kernel's own copy at 0x411018 is used"), problem);
                // Who copies the dump copies what was found.
                assertEquals(
                        dump.info().text(), VmcoreInfo.of("copy", dump.notes()).text());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"4, 0", "5, 0", "4, 47", "5, 51"})
    void pageTablesTellOfThemselves(int levels, int encryptionBit) throws IOException {
        long mask = encryptionBit == 0 ? 0 : 1L << encryptionBit;
        tables(TOP, levels, mask);
        // Those of a process come before: they map user memory, and lie outside of the image as the kernel sees it.
        tables(MEMORY + 0x20000, levels, mask);
        entry(MEMORY + 0x20000, 3, MEMORY + 0x1f000 | PRESENT);
        String other = "OSRELEASE=6.1.0\nSYMBOL(init_uts_ns)=1\nSYMBOL(swapper_pg_dir)=2\nNUMBER(phys_base)=3\n";
        try (Vmcore dump = Repair.of(dump(other))) {
            assertEquals(OptionalLong.of(PHYS_BASE), dump.info().number("phys_base"));
            assertEquals(OptionalLong.of(IMAGE + 0x8000), dump.info().symbol("swapper_pg_dir"));
            assertEquals(OptionalLong.of(levels - 4), dump.info().number("pgtable_l5_enabled"));
            assertEquals(OptionalLong.of(mask), dump.info().number("sme_mask"));
            assertEquals(OptionalLong.of(0x1000000), dump.info().kernelOffset());
            assertEquals(OptionalLong.of(1), dump.info().symbol("init_uts_ns"));
        }
    }

    @Test
    void whatIsNotThereIsNotFound() throws IOException {
        try (Vmcore dump = dump("")) {
            assertSame(dump, Repair.of(dump));
        }
    }
}
