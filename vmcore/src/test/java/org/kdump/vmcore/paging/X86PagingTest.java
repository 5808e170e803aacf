package org.kdump.vmcore.paging;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.elfcore.ElfCoreFixture;

class X86PagingTest {
    private static final long PRESENT = 1;
    private static final long LARGE = 0x80;
    private static final long NO_EXECUTE = Long.MIN_VALUE;
    private static final long DIRECT = 0xffff888000000000L;
    private static final long IMAGE = 0xffffffff80000000L;
    private static final long PHYS_BASE = 0x1000;

    /// 1 MiB of memory from 0 on: the top table at 0x2000, other tables behind, data from 0x10000 on.
    private final ByteBuffer memory = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);

    private void entry(long table, int index, long value) {
        memory.putLong((int) table + index * 8, value);
    }

    private Vmcore vmcore(String more) throws IOException {
        String info = "SYMBOL(swapper_pg_dir)=" + Long.toHexString(IMAGE + 0x1000) + "\nNUMBER(phys_base)=" + PHYS_BASE
                + "\n" + more;
        return new ElfCoreFixture(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_X86_64)
                .vmcoreinfo(info)
                .load(0, 0, memory.array())
                .open();
    }

    /// The last 2 MiB, page by page: 0xffffffffffe00000 + n * 4096.
    private void mapLastPages(long top, int levels, long flags) {
        long table = top;
        for (int level = levels; level > 1; level--) {
            entry(table, 511, table + 0x1000 | flags);
            table += 0x1000;
        }
    }

    @Test
    void walksFourLevels() throws IOException {
        mapLastPages(0x2000, 4, PRESENT | NO_EXECUTE);
        entry(0x5000, 3, 0x10000 | PRESENT | NO_EXECUTE);
        try (Vmcore vmcore = vmcore("")) {
            AddressSpace space = Paging.of(vmcore).kernel();
            assertEquals(new Translation.Mapped(0x10123, 4096), space.translate(0xffffffffffe03123L));
            assertEquals(new Translation.Mapped(0x10456, 4096), space.translate(0xffffffffffe03456L));
        }
    }

    @Test
    void walksFiveLevels() throws IOException {
        mapLastPages(0x2000, 5, PRESENT);
        entry(0x6000, 3, 0x10000 | PRESENT);
        entry(0x2000, 256, 0x7000 | PRESENT);
        try (Vmcore vmcore = vmcore("NUMBER(pgtable_l5_enabled)=1\n")) {
            AddressSpace space = Paging.of(vmcore).kernel();
            assertEquals(new Translation.Mapped(0x10fff, 4096), space.translate(0xffffffffffe03fffL));
            Translation.Unmapped unmapped = unmapped(space, 0xff00000000000000L);
            assertEquals("P4D", unmapped.level());
            assertEquals(Translation.Reason.NOT_PRESENT, unmapped.reason());
        }
    }

    @Test
    void knowsLargePages() throws IOException {
        // 2 MiB and 1 GiB pages; bit 12 of a large page's entry is its PAT bit, no part of the address.
        entry(0x2000, 273, 0x3000 | PRESENT);
        entry(0x3000, 0, 0x4000 | PRESENT);
        entry(0x4000, 1, 0x200000 | 0x1000 | LARGE | PRESENT);
        entry(0x3000, 5, 0x140000000L | LARGE | PRESENT);
        try (Vmcore vmcore = vmcore("")) {
            AddressSpace space = Paging.of(vmcore).kernel();
            assertEquals(new Translation.Mapped(0x212345, 2 << 20), space.translate(DIRECT + 0x212345));
            assertEquals(new Translation.Mapped(0x17fffffffL, 1 << 30), space.translate(DIRECT + 0x17fffffffL));
        }
    }

    @Test
    void theEncryptionBitIsNoAddress() throws IOException {
        long encrypted = 1L << 47;
        mapLastPages(0x2000, 4, PRESENT | encrypted);
        entry(0x5000, 0, 0x10000 | PRESENT | encrypted);
        try (Vmcore vmcore = vmcore("NUMBER(sme_mask)=" + encrypted + "\n")) {
            assertEquals(
                    new Translation.Mapped(0x10000, 4096),
                    Paging.of(vmcore).kernel().translate(0xffffffffffe00000L));
        }
    }

    @Test
    void tellsWhyAnAddressIsNotMapped() throws IOException {
        mapLastPages(0x2000, 4, PRESENT);
        entry(0x5000, 4, 0x1234_5000 | 0x100);
        entry(0x2000, 300, 0x7000_0000L | PRESENT);
        try (Vmcore vmcore = vmcore("")) {
            AddressSpace space = Paging.of(vmcore).kernel();
            assertEquals(
                    Translation.Reason.NOT_AN_ADDRESS,
                    unmapped(space, 0x8000_0000_0000L).reason());
            assertEquals(
                    Translation.Reason.NOT_AN_ADDRESS,
                    unmapped(space, Long.MIN_VALUE).reason());
            Translation.Unmapped swapped = unmapped(space, 0xffffffffffe04000L);
            assertEquals(
                    new Translation.Unmapped(
                            0xffffffffffe04000L, "PTE", Translation.Reason.NOT_PRESENT, 0x1234_5000 | 0x100),
                    swapped);
            assertEquals("0xffffffffffe04000 cannot be translated: no page is mapped there (PTE)", swapped.message());
            assertEquals(
                    Translation.Reason.TABLE_NOT_IN_DUMP,
                    unmapped(space, 0xffff960000000000L).reason());
            assertEquals("PGD", unmapped(space, 0).level());
        }
    }

    private static Translation.Unmapped unmapped(AddressSpace space, long address) throws IOException {
        return assertInstanceOf(Translation.Unmapped.class, space.translate(address));
    }

    @Test
    void readsAcrossPagesThatAreApart() throws IOException {
        mapLastPages(0x2000, 4, PRESENT);
        entry(0x5000, 0, 0x10000 | PRESENT);
        entry(0x5000, 1, 0x20000 | PRESENT);
        entry(0x5000, 2, 0x7000_0000L | PRESENT);
        memory.putInt(0x10ffc, 0x11223344);
        memory.putInt(0x20000, 0xaabbccdd);
        memory.put(0x20ffd, new byte[] {'e', 'n', 'd'});
        try (Vmcore vmcore = vmcore("")) {
            VirtualMemory kernel = VirtualMemory.kernel(vmcore);
            long page = 0xffffffffffe01000L;
            assertEquals(0xaabbccdd11223344L, kernel.u64(page - 4));
            assertEquals(0xaabbccdd11223344L, kernel.word(page - 4));
            assertEquals(0xccdd1122, kernel.s32(page - 2));
            assertEquals(0xccdd1122L, kernel.u32(page - 2));
            assertEquals(0xdd11, kernel.u16(page - 1));
            assertEquals(0xdd, kernel.u8(page));
            assertArrayEquals(new byte[] {0x11, (byte) 0xdd}, kernel.bytes(page - 1, 2));
            assertEquals("end", kernel.cstring(page + 0xffd, 3));
            MemoryFault fault = assertThrows(MemoryFault.class, () -> kernel.cstring(page + 0xffd, 4));
            assertEquals(page + 0x1000, fault.virtualAddress());
            assertTrue(fault.getMessage().contains("is not memory of the machine"), fault.getMessage());
            assertThrows(MemoryFault.class, () -> kernel.u64(page + 0xffc));
        }
    }

    @Test
    void textsEndAtTheirNulOrLimit() throws IOException {
        mapLastPages(0x2000, 4, PRESENT);
        entry(0x5000, 0, 0x10000 | PRESENT);
        Arrays.fill(memory.array(), 0x10000, 0x10000 + 600, (byte) 'x');
        try (Vmcore vmcore = vmcore("")) {
            VirtualMemory kernel = VirtualMemory.kernel(vmcore);
            assertEquals("x".repeat(600), kernel.cstring(0xffffffffffe00000L, 10_000));
            assertEquals("x".repeat(256), kernel.cstring(0xffffffffffe00000L, 256));
            assertEquals("", kernel.cstring(0xffffffffffe00000L + 600, 256));
            assertEquals("", kernel.cstring(0, 0));
        }
    }

    @Test
    void tablesThatPointAtThemselvesEnd() throws IOException {
        for (int i = 0; i < 512; i++) {
            entry(0x2000, i, 0x2000 | PRESENT);
        }
        try (Vmcore vmcore = vmcore("")) {
            assertEquals(
                    new Translation.Mapped(0x2008, 4096),
                    Paging.of(vmcore).kernel().translate(DIRECT + 8));
        }
    }

    @Test
    void saysWhatVmcoreinfoLacksAndWhichMachineIsNotHandled() throws IOException {
        try (Vmcore vmcore = new ElfCoreFixture(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, ElfHeader.EM_X86_64).open()) {
            String message = assertThrows(MalformedInputException.class, () -> VirtualMemory.kernel(vmcore))
                    .getMessage();
            assertTrue(message.contains("VMCOREINFO.NUMBER(phys_base)"), message);
        }
        try (Vmcore vmcore = new ElfCoreFixture(ElfClass.ELF64, ByteOrder.BIG_ENDIAN, 22).open()) {
            String message = assertThrows(MalformedInputException.class, () -> Paging.of(vmcore))
                    .getMessage();
            assertTrue(message.contains("s390x are not handled yet"), message);
        }
    }
}
