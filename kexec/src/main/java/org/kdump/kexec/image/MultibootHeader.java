package org.kdump.kexec.image;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Optional;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.ElfHeader;

/// The header by which a kernel says that it is one of Multiboot Specification 0.6.96. Little-endian; its place is
/// any multiple of 4 in the first 8 KiB.
///
/// ```
/// 0   magic 4 = 0x1badb002   4  flags 4   8  checksum 4: the sum of the three is 0
/// if flags has bit 16, physical addresses:
/// 12  header_addr 4, load_addr 4, load_end_addr 4, bss_end_addr 4, entry_addr 4
/// ```
///
/// @param offset where it stands in the file
/// @param flags what the kernel wants
record MultibootHeader(String name, MemorySegment file, int offset, int flags) {
    private static final int MAGIC = 0x1badb002;
    private static final int SEARCHED = 8192;
    private static final int STEP = 4;
    private static final int SIZE = 12;
    private static final int WITH_ADDRESSES = 32;

    private static final int HAS_ADDRESSES = 1 << 16;
    // Modules on page boundaries, memory, video. A kernel that must have something else cannot be started.
    private static final int UNKNOWN_NEEDS = 0xfff8;

    /// The first header, if there is one.
    static Optional<MultibootHeader> find(String name, MemorySegment file) {
        var cursor = new ByteCursor(name, 0, "multiboot_header", file, ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at <= Math.min(SEARCHED, file.byteSize()) - SIZE; at += STEP) {
            if (cursor.seek(at).s32("magic") == MAGIC) {
                int flags = cursor.s32("flags");
                if (MAGIC + flags + cursor.s32("checksum") == 0) {
                    return Optional.of(new MultibootHeader(name, file, at, flags));
                }
            }
        }
        return Optional.empty();
    }

    /// @throws ImageException if the kernel cannot be loaded
    MultibootImage image(Arena arena) throws IOException {
        if ((flags & UNKNOWN_NEEDS) != 0) {
            throw new ImageException(
                    "%s: its multiboot header wants what no loader gives (flags 0x%x)".formatted(name, flags));
        }
        if ((flags & HAS_ADDRESSES) != 0) {
            return addressed();
        }
        if (!ElfHeader.isElf(file)) {
            throw new ImageException(name + ": its multiboot header has no addresses, and it is no ELF file either");
        }
        ElfProgram program = ElfProgram.read(name, file, arena);
        return new MultibootImage(
                MultibootImage.Protocol.MULTIBOOT,
                program.content(),
                Placement.at(program.start()).below(Placement.FOUR_GIB),
                program.memorySize(),
                program.entryOffset());
    }

    private MultibootImage addressed() throws ImageException {
        var cursor = new ByteCursor(
                name,
                offset,
                "multiboot_header",
                file.asSlice(offset, Math.min(WITH_ADDRESSES, file.byteSize() - offset)),
                ByteOrder.LITTLE_ENDIAN);
        var addresses = new LoadAddresses(
                name,
                offset,
                cursor.seek(SIZE).u32("header_addr"),
                cursor.u32("load_addr"),
                cursor.u32("load_end_addr"),
                cursor.u32("bss_end_addr"));
        return addresses.image(MultibootImage.Protocol.MULTIBOOT, file, cursor.u32("entry_addr"));
    }
}
