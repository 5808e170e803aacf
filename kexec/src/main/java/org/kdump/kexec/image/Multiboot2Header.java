package org.kdump.kexec.image;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.Set;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.ElfHeader;

/// The header by which a kernel says that it is one of Multiboot2 Specification 2.0. Little-endian; its place is any
/// multiple of 8 in the first 32 KiB.
///
/// ```
/// 0   magic 4 = 0xe85250d6   4  architecture 4 = 0 (i386)   8  header_length 4   12 checksum 4: the sum is 0
/// 16  tags, each at a multiple of 8: type 2, flags 2 (bit 0: optional), size 4, and
///   1 information request: types 4…     2 address: header 4, load 4, load_end 4, bss_end 4    3 entry address 4
///   10 relocatable: min 4, max 4, align 4, preference 4
///   4 console flags, 5 framebuffer, 6 module alignment, 7 to 9 EFI: nothing to be done
///   0 end
/// ```
final class Multiboot2Header {
    private static final int MAGIC = 0xe85250d6;
    private static final int SEARCHED = 32768;
    private static final int STEP = 8;
    private static final int SIZE = 16;
    private static final int TAG_HEADER = 8;
    private static final int OPTIONAL = 1;

    private static final int INFORMATION_REQUEST = 1;
    private static final int ADDRESS = 2;
    private static final int ENTRY_ADDRESS = 3;
    private static final int RELOCATABLE = 10;
    // What needs nothing of a loader that has left the firmware behind.
    private static final Set<Integer> NOTHING_TO_DO = Set.of(4, 5, 6, 7, 8, 9);
    // Command line, loader, modules, memory, memory map, load address.
    private static final Set<Integer> INFORMATION = Set.of(1, 2, 3, 4, 6, 21);

    private final String name;
    private final MemorySegment file;
    private final int offset;
    private Optional<LoadAddresses> addresses = Optional.empty();
    private Optional<Long> entry = Optional.empty();
    private Optional<Placement> placement = Optional.empty();

    private Multiboot2Header(String name, MemorySegment file, int offset) {
        this.name = name;
        this.file = file;
        this.offset = offset;
    }

    /// The first header, if there is one; its tags are read when the kernel is.
    static Optional<Multiboot2Header> find(String name, MemorySegment file) {
        var cursor = new ByteCursor(name, 0, "multiboot_header", file, ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at <= Math.min(SEARCHED, file.byteSize()) - SIZE; at += STEP) {
            if (cursor.seek(at).s32("magic") == MAGIC) {
                int others = cursor.s32("architecture") + cursor.s32("header_length");
                if (MAGIC + others + cursor.s32("checksum") == 0) {
                    return Optional.of(new Multiboot2Header(name, file, at));
                }
            }
        }
        return Optional.empty();
    }

    /// @throws ImageException if the kernel cannot be loaded
    MultibootImage image(Arena arena) throws IOException {
        readTags();
        if (addresses.isPresent()) {
            if (entry.isEmpty()) {
                throw new ImageException(name + ": its multiboot2 header tells its addresses, but not its entry");
            }
            return addresses.get().image(MultibootImage.Protocol.MULTIBOOT2, file, entry.get());
        }
        if (!ElfHeader.isElf(file)) {
            throw new ImageException(name + ": its multiboot2 header has no addresses, and it is no ELF file either");
        }
        return image(ElfProgram.read(name, file, arena));
    }

    private MultibootImage image(ElfProgram program) throws ImageException {
        long entryOffset = entry.isPresent() ? entry.get() - program.start() : program.entryOffset();
        if (entryOffset < 0 || entryOffset >= program.memorySize()) {
            throw new ImageException("%s: its entry, 0x%x, lies outside it".formatted(name, entry.orElse(0L)));
        }
        return new MultibootImage(
                MultibootImage.Protocol.MULTIBOOT2,
                program.content(),
                placement.orElse(Placement.at(program.start())).below(Placement.FOUR_GIB),
                program.memorySize(),
                entryOffset);
    }

    private void readTags() throws ImageException {
        var cursor = new ByteCursor(name, 0, "multiboot_header_tag", file, ByteOrder.LITTLE_ENDIAN);
        long architecture = cursor.seek(offset + 4).u32("architecture");
        if (architecture != 0) {
            throw new ImageException(name + ": a multiboot2 kernel for another architecture (" + architecture + ")");
        }
        long end = offset + cursor.u32("header_length");
        long at = offset + SIZE;
        while (at + TAG_HEADER <= end) {
            cursor.seek(at);
            int type = cursor.u16("type");
            boolean optional = (cursor.u16("flags") & OPTIONAL) != 0;
            long size = cursor.u32("size");
            if (type == 0) {
                return;
            }
            if (size < TAG_HEADER) {
                throw cursor.malformed("size", size + " is less than a tag's own header");
            }
            readTag(cursor, type, optional, size);
            at += Math.ceilDiv(size, STEP) * STEP;
        }
    }

    private void readTag(ByteCursor cursor, int type, boolean optional, long size) throws ImageException {
        switch (type) {
            case INFORMATION_REQUEST -> requireKnown(cursor, optional, (size - TAG_HEADER) / Integer.BYTES);
            case ADDRESS ->
                addresses = Optional.of(new LoadAddresses(
                        name,
                        offset,
                        cursor.u32("header_addr"),
                        cursor.u32("load_addr"),
                        cursor.u32("load_end_addr"),
                        cursor.u32("bss_end_addr")));
            case ENTRY_ADDRESS -> entry = Optional.of(cursor.u32("entry_addr"));
            case RELOCATABLE -> placement = Optional.of(relocatable(cursor));
            default -> {
                if (!optional && !NOTHING_TO_DO.contains(type)) {
                    throw new ImageException(name + ": its multiboot2 header has a tag of unknown type " + type);
                }
            }
        }
    }

    private void requireKnown(ByteCursor cursor, boolean optional, long count) throws ImageException {
        for (long i = 0; i < count && !optional; i++) {
            int wanted = cursor.s32("mbi_tag_types");
            if (!INFORMATION.contains(wanted)) {
                throw new ImageException(
                        name + ": it wants information from its loader that there is none of (multiboot2 type " + wanted
                                + ")");
            }
        }
    }

    private static Placement relocatable(ByteCursor cursor) {
        long lowest = cursor.u32("min_addr");
        long highest = cursor.u32("max_addr");
        long alignment = Math.max(cursor.u32("align"), Placement.PAGE_SIZE);
        if (Long.bitCount(alignment) != 1 || lowest > highest) {
            throw cursor.malformed(
                    "align", "no alignment, or no range: 0x%x from 0x%x to 0x%x".formatted(alignment, lowest, highest));
        }
        return Placement.from(lowest, alignment).below(highest + 1);
    }
}
