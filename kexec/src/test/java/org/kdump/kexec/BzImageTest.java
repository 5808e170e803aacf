package org.kdump.kexec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.kdump.elf.MalformedInputException;

class BzImageTest {
    @Test
    void headerIsReadWhereBootRstSaysItStands() throws KexecException {
        var image = BzImage.read("vmlinuz", new BzImageBuilder().segment());
        assertEquals(BzImageBuilder.SETUP_SIZE, image.setupSize());
        assertEquals(0x26c - 0x1f1, image.setupHeaderSize());
        assertEquals(0x20_0000, image.alignment());
        assertEquals(0x100_0000, image.preferredAddress());
        assertEquals(0x300_0000, image.memorySize());
        assertEquals(2047, image.maximalCommandLine());
        assertEquals(BzImageBuilder.KERNEL_SIZE, image.kernel().byteSize());
    }

    @Test
    void noSetupSectorsMeansFour() throws KexecException {
        assertEquals(5 * 512, read(new BzImageBuilder().u8(0x1f1, 0)).setupSize());
    }

    @Test
    void eachReasonNotToLoadIsTold() {
        refused(new BzImageBuilder().u16(0x1fe, 0), "not a kernel: it has no x86 boot sector");
        refused(new BzImageBuilder().u32(0x202, 0), "not a kernel");
        refused(new BzImageBuilder().u32(0, 0x464c457f).u16(0x1fe, 0), "ELF");
        refused(new BzImageBuilder().u32(0, 0x00088b1f).u16(0x1fe, 0), "gzip");
        refused(new BzImageBuilder().u32(0, 0x37303730).u16(0x1fe, 0), "cpio");
        refused(new BzImageBuilder().u16(0x206, 0x20b), "boot protocol 2.11 is older than 2.12");
        refused(new BzImageBuilder().u8(0x211, 0), "zImage");
        refused(new BzImageBuilder().u16(0x236, 0), "32-bit");
        refused(new BzImageBuilder().u8(0x234, 0), "not relocatable");
        refused(new BzImageBuilder().u32(0x24c, KERNEL_TOO_LARGE), "truncated");
    }

    private static final int KERNEL_TOO_LARGE = BzImageBuilder.KERNEL_SIZE;

    @Test
    void shortFilesAreNoKernels() {
        for (int size : new int[] {0, 1, 511, 1023}) {
            assertThrows(KexecException.class, () -> BzImage.read("short", MemorySegment.ofArray(new byte[size])));
        }
    }

    @Test
    void alignmentThatIsNoneIsMalformed() {
        assertThrows(MalformedInputException.class, () -> read(new BzImageBuilder().u32(0x230, 3)));
        assertThrows(MalformedInputException.class, () -> read(new BzImageBuilder().u64(0x258, -1)));
    }

    @Test
    void damageIsAnErrorOrHarmless() {
        var random = new Random(2);
        for (int round = 0; round < 2000; round++) {
            byte[] bytes = new BzImageBuilder().bytes().clone();
            for (int i = 0; i < 8; i++) {
                bytes[0x1f1 + random.nextInt(0x80)] = (byte) random.nextInt();
            }
            int size = random.nextInt(bytes.length);
            try {
                BzImage.read("damaged", MemorySegment.ofArray(Arrays.copyOf(bytes, size)));
            } catch (KexecException | MalformedInputException told) {
                assertTrue(told.getMessage().contains("damaged"), told.getMessage());
            }
        }
    }

    private static BzImage read(BzImageBuilder builder) throws KexecException {
        return BzImage.read("vmlinuz", builder.segment());
    }

    private static void refused(BzImageBuilder builder, String reason) {
        var error = assertThrows(KexecException.class, () -> read(builder));
        assertTrue(error.getMessage().startsWith("vmlinuz: "), error.getMessage());
        assertTrue(error.getMessage().contains(reason), error.getMessage());
    }
}
