package org.kdump.kexec.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.kdump.elf.MalformedInputException;

class BzImageTest {
    @Test
    void headerIsReadWhereBootRstSaysItStands() throws ImageException {
        var image = read(new BzImageBuilder());
        assertEquals(0x26c - 0x1f1, image.setupHeader().byteSize());
        assertEquals(new Placement(0x100_0000, 0x20_0000, Placement.ANYWHERE, false), image.placement());
        assertEquals(0x300_0000, image.memorySize());
        assertEquals(2047, image.maximalCommandLine());
        assertEquals(BzImageBuilder.KERNEL_SIZE, image.content().byteSize());
        assertEquals(0x200_0200, image.entry(0x200_0000));
        assertEquals(Placement.ANYWHERE, image.initrdEnd());
        assertEquals("64-bit bzImage", image.kind());
    }

    @Test
    void noSetupSectorsMeansFour() throws ImageException {
        int all = BzImageBuilder.SETUP_SIZE + BzImageBuilder.KERNEL_SIZE;
        assertEquals(
                all - 5 * 512, read(new BzImageBuilder().u8(0x1f1, 0)).content().byteSize());
    }

    @Test
    void kernelOf32BitsIsEnteredAtItsStartAndLiesInLowMemory() throws ImageException {
        var image = read(new BzImageBuilder().u16(0x236, 4).u32(0x22c, 0x7fff_ffff));
        assertTrue(image.entersIn32BitMode() && image.is32BitKernel());
        assertEquals(0x200_0000, image.entry(0x200_0000));
        assertEquals(0x3800_0000, image.placement().end());
        assertEquals(0x8000_0000L, image.initrdEnd());
        assertEquals("32-bit bzImage", image.kind());
    }

    @Test
    void kernelOf64BitsCanBeEnteredIn32BitMode() throws ImageException {
        var image = read(new BzImageBuilder()).in32BitMode();
        assertTrue(image.entersIn32BitMode());
        assertFalse(image.is32BitKernel());
        assertEquals(0x200_0000, image.entry(0x200_0000));
        assertEquals(Placement.FOUR_GIB, image.placement().end());
        assertEquals(Placement.FOUR_GIB, image.initrdEnd());
        assertEquals("64-bit bzImage, entered in 32-bit mode", image.kind());
    }

    @Test
    void kernelThatIsNotRelocatableLiesWhereItWouldMoveItself() throws ImageException {
        var image = read(new BzImageBuilder().u8(0x234, 0));
        assertTrue(image.placement().fixed());
        assertEquals(0x100_0000, image.placement().lowest());
    }

    @Test
    void whatAnOldProtocolDoesNotHaveIsTakenAsBootRstSays() throws ImageException {
        var image = read(new BzImageBuilder().u16(0x206, 0x202));
        assertTrue(image.placement().fixed() && image.entersIn32BitMode());
        assertEquals(0x10_0000, image.placement().lowest());
        assertEquals(255, image.maximalCommandLine());
        assertEquals(0x3800_0000, image.initrdEnd());
        assertEquals(4L * BzImageBuilder.KERNEL_SIZE, image.memorySize());
    }

    @Test
    void eachReasonNotToLoadIsTold() {
        refused(new BzImageBuilder().u8(0x211, 0), "zImage");
        refused(new BzImageBuilder().u32(0x24c, BzImageBuilder.KERNEL_SIZE), "truncated");
        assertFalse(BzImage.isOne(new BzImageBuilder().u16(0x1fe, 0).segment()));
        assertFalse(BzImage.isOne(new BzImageBuilder().u32(0x202, 0).segment()));
    }

    @Test
    void addressesThatAreNoneAreMalformed() {
        assertThrows(MalformedInputException.class, () -> read(new BzImageBuilder().u32(0x230, 3)));
        assertThrows(MalformedInputException.class, () -> read(new BzImageBuilder().u64(0x258, -1)));
        assertThrows(MalformedInputException.class, () -> read(new BzImageBuilder().u64(0x258, 0x100_0001)));
    }

    @Test
    void damageIsAnErrorOrHarmless() {
        var random = new Random(2);
        for (int round = 0; round < 2000; round++) {
            byte[] bytes = new BzImageBuilder().bytes().clone();
            for (int i = 0; i < 8; i++) {
                bytes[0x1f1 + random.nextInt(0x80)] = (byte) random.nextInt();
            }
            var file = MemorySegment.ofArray(Arrays.copyOf(bytes, random.nextInt(bytes.length)));
            try {
                if (BzImage.isOne(file)) {
                    BzImage.read("damaged", file);
                }
            } catch (ImageException | MalformedInputException told) {
                assertTrue(told.getMessage().contains("damaged"), told.getMessage());
            }
        }
    }

    private static BzImage read(BzImageBuilder builder) throws ImageException {
        return BzImage.read("vmlinuz", builder.segment());
    }

    private static void refused(BzImageBuilder builder, String reason) {
        var error = assertThrows(ImageException.class, () -> read(builder));
        assertTrue(error.getMessage().startsWith("vmlinuz: "), error.getMessage());
        assertTrue(error.getMessage().contains(reason), error.getMessage());
    }
}
