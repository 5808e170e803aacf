package org.kdump.kexec.image;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// A Linux kernel as the linker made it, an ELF file of 64 or 32 bits.
///
/// Its entry is `startup_64` or `startup_32` (Linux `arch/x86/kernel/head_64.S`, `head_32.S`), which want the same
/// state of the processor and the same `struct boot_params` as a bzImage's own code. A 64-bit one finds out at which
/// 2 MiB it lies and makes its page tables for that (`phys_base`); its virtual addresses stay, so that it has no KASLR.
/// A 32-bit one runs only where it was linked for: to move it is the work of the code around it in a bzImage.
///
/// @param content from its first segment on
/// @param setupHeader one made here, for the file has none
/// @param placement where it can lie
/// @param memorySize bytes of all its segments
/// @param entryOffset from its first segment on
/// @param entersIn32BitMode whether it is a 32-bit kernel
public record Vmlinux(
        MemorySegment content,
        MemorySegment setupHeader,
        Placement placement,
        long memorySize,
        long entryOffset,
        boolean entersIn32BitMode)
        implements LinuxImage {
    private static final long PMD_SIZE = 2 << 20;
    private static final int VERSION = 0x20f;
    private static final int COMMAND_LINE_SIZE = 2047;
    // What bzImages say.
    private static final int INITRD_ADDR_MAX = 0x7fff_ffff;

    /// @param program the file's segments, of which none is known to be of another kind of kernel
    /// @throws ImageException if it is not a Linux kernel
    static Vmlinux of(ElfProgram program) throws IOException {
        if (!program.mapsItself()) {
            throw new ImageException(program.name() + ": not a kernel: an ELF file that has no multiboot header, and is"
                    + " not Linux, for it runs where it was loaded");
        }
        boolean relocatable = program.is64Bit() && program.start() % PMD_SIZE == 0;
        return new Vmlinux(
                program.content(),
                header(program),
                relocatable ? Placement.from(program.start(), PMD_SIZE) : Placement.at(program.start()),
                program.memorySize(),
                program.entryOffset(),
                !program.is64Bit());
    }

    private static MemorySegment header(ElfProgram program) {
        var header = ByteBuffer.allocate(0x268 - SETUP_HEADER).order(ByteOrder.LITTLE_ENDIAN);
        header.putShort(0x1fe - SETUP_HEADER, (short) 0xaa55);
        header.put(0x202 - SETUP_HEADER, new byte[] {'H', 'd', 'r', 'S'});
        header.putShort(0x206 - SETUP_HEADER, (short) VERSION);
        header.put(0x211 - SETUP_HEADER, (byte) 1);
        header.putInt(0x22c - SETUP_HEADER, INITRD_ADDR_MAX);
        header.putInt(0x230 - SETUP_HEADER, (int) PMD_SIZE);
        header.putInt(0x238 - SETUP_HEADER, COMMAND_LINE_SIZE);
        header.putLong(0x258 - SETUP_HEADER, program.start());
        header.putInt(0x260 - SETUP_HEADER, (int) program.memorySize());
        return MemorySegment.ofArray(header.array());
    }

    @Override
    public long maximalCommandLine() {
        return COMMAND_LINE_SIZE;
    }

    @Override
    public long initrdEnd() {
        return entersIn32BitMode ? INITRD_ADDR_MAX + 1L : Placement.ANYWHERE;
    }

    @Override
    public long entry(long address) {
        return address + entryOffset;
    }

    @Override
    public boolean is32BitKernel() {
        return entersIn32BitMode;
    }

    /// The file does not tell: a kernel of today does.
    @Override
    public boolean takesFiveLevels() {
        return true;
    }

    @Override
    public LinuxImage in32BitMode() throws ImageException {
        if (!entersIn32BitMode) {
            throw new ImageException("a 64-bit vmlinux has no 32-bit entry; leave out --entry-32bit");
        }
        return this;
    }

    @Override
    public String kind() {
        return (entersIn32BitMode ? "32-bit" : "64-bit") + " vmlinux" + (placement.fixed() ? ", not relocatable" : "");
    }
}
