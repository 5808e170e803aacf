package org.kdump.kexec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.ElfHeader;

/// A Linux kernel for x86 as it lies in `/boot` (Linux `Documentation/arch/x86/boot.rst`). Little-endian.
///
/// ```
/// 0x000  the real-mode part, (setup_sects + 1) sectors of 512 bytes; its head is struct setup_header:
///   0x1f1  setup_sects 1      0x1fe  boot_flag 2 = 0xaa55     0x201  end of the setup header - 0x202, 1
///   0x202  header 4 "HdrS"    0x206  version 2                0x211  loadflags 1
///   0x230  kernel_alignment 4 0x234  relocatable_kernel 1     0x236  xloadflags 2   0x238  cmdline_size 4
///   0x248  payload_offset 4, payload_length 4                 0x258  pref_address 8 0x260  init_size 4
/// then   the protected-mode part; its 64-bit entry lies 0x200 bytes after its start
/// ```
///
/// @param content the whole file
/// @param setupSize bytes of the real-mode part
/// @param setupHeaderSize bytes of the setup header from 0x1f1 on
/// @param alignment what the load address must be a multiple of
/// @param preferredAddress the lowest address that the kernel stays at; loaded lower, it would move there
/// @param memorySize bytes that it needs from the load address on until it has found its own memory (`init_size`)
/// @param maximalCommandLine bytes of command line it takes, without the NUL
record BzImage(
        MemorySegment content,
        int setupSize,
        int setupHeaderSize,
        long alignment,
        long preferredAddress,
        long memorySize,
        long maximalCommandLine) {
    /// Where the setup header starts, in the file as in `struct boot_params`.
    static final int SETUP_HEADER = 0x1f1;

    private static final int SECTOR = 512;
    private static final int BOOT_FLAG = 0xaa55;
    private static final int HDRS = 0x53726448;
    private static final int OLDEST_PROTOCOL = 0x20c;
    private static final int LOADED_HIGH = 1;
    // Has the 64-bit entry (bit 0), and boots with everything above 4 GiB (bit 1).
    private static final int XLF_64_ANYWHERE = 3;
    private static final int XLOADFLAGS = 0x236;
    private static final int XLF_5LEVEL = 1 << 5;
    private static final long ENTRY_64 = 0x200;
    // The setup header may not reach the next field of struct boot_params.
    private static final int LARGEST_SETUP_HEADER = 0x290 - SETUP_HEADER;
    private static final long SMALLEST_FILE = 2L * SECTOR;

    /// Reads the header.
    ///
    /// @param name the file's name, for errors
    /// @throws KexecException if it is not a kernel that can be loaded, whatever else it is
    static BzImage read(String name, MemorySegment content) throws KexecException {
        if (content.byteSize() < SMALLEST_FILE) {
            throw notAKernel(name, "it has " + content.byteSize() + " bytes");
        }
        var cursor = new ByteCursor(name, 0, "setup_header", content, ByteOrder.LITTLE_ENDIAN);
        if (cursor.seek(0x1fe).u16("boot_flag") != BOOT_FLAG
                || cursor.seek(0x202).s32("header") != HDRS) {
            throw notAKernel(name, otherKind(content));
        }
        requireBootable(name, cursor);
        int sectors = cursor.seek(0x1f1).u8("setup_sects");
        // Very old kernels have 0 there and mean 4.
        int setupSize = ((sectors == 0 ? 4 : sectors) + 1) * SECTOR;
        requireWhole(name, cursor, setupSize);
        return new BzImage(
                content,
                setupSize,
                headerSize(cursor),
                powerOfTwo(cursor),
                preferredAddress(cursor),
                Math.max(cursor.seek(0x260).u32("init_size"), content.byteSize() - setupSize),
                cursor.seek(0x238).u32("cmdline_size"));
    }

    /// The protected-mode part, which is what gets loaded.
    MemorySegment kernel() {
        return content.asSlice(setupSize);
    }

    /// The setup header, to be put into `struct boot_params` at the same offset.
    MemorySegment setupHeader() {
        return content.asSlice(SETUP_HEADER, setupHeaderSize);
    }

    /// Makes sure that the kernel can be entered from page tables of five levels: Linux can since 4.13, though it may
    /// then go on with four.
    ///
    /// @throws KexecException if it cannot
    void requireFiveLevels(String name) throws KexecException {
        int flags = content.get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), XLOADFLAGS);
        if ((flags & XLF_5LEVEL) == 0) {
            throw new KexecException(
                    name + ": older than Linux 4.13, it cannot be entered from a kernel that runs on page"
                            + " tables of five levels: boot this one with no5lvl, or take a newer one");
        }
    }

    /// Where to enter the kernel if it is loaded at `address`.
    static long entry(long address) {
        return address + ENTRY_64;
    }

    private static void requireBootable(String name, ByteCursor cursor) throws KexecException {
        int version = cursor.seek(0x206).u16("version");
        if (version < OLDEST_PROTOCOL) {
            throw new KexecException(
                    "%s: boot protocol %d.%02d is older than 2.12 (Linux 3.8): this kernel cannot be loaded"
                            .formatted(name, version >> 8, version & 0xff));
        }
        if ((cursor.seek(0x211).u8("loadflags") & LOADED_HIGH) == 0) {
            throw new KexecException(name + ": a zImage; only a bzImage can be loaded");
        }
        if ((cursor.seek(XLOADFLAGS).u16("xloadflags") & XLF_64_ANYWHERE) != XLF_64_ANYWHERE) {
            throw new KexecException(name + ": a 32-bit kernel; this is an x86_64 machine's loader");
        }
        if (cursor.seek(0x234).u8("relocatable_kernel") == 0) {
            throw new KexecException(
                    name + ": not relocatable (CONFIG_RELOCATABLE is off), so it cannot run from reserved memory");
        }
    }

    private static void requireWhole(String name, ByteCursor cursor, int setupSize) throws KexecException {
        long end = setupSize + cursor.seek(0x248).u32("payload_offset") + cursor.u32("payload_length");
        long size = cursor.seek(0).remaining();
        if (size < end || size == setupSize) {
            throw new KexecException(name + ": truncated: the kernel needs " + end + " bytes, the file has " + size);
        }
    }

    private static int headerSize(ByteCursor cursor) {
        int size = cursor.seek(0x201).u8("jump") + 0x202 - SETUP_HEADER;
        return Math.min(size, LARGEST_SETUP_HEADER);
    }

    private static long powerOfTwo(ByteCursor cursor) {
        long alignment = cursor.seek(0x230).u32("kernel_alignment");
        if (Long.bitCount(alignment) != 1) {
            throw cursor.malformed("kernel_alignment", Hex.of(alignment) + " is no power of two");
        }
        return Math.max(alignment, CrashLayout.PAGE_SIZE);
    }

    private static long preferredAddress(ByteCursor cursor) {
        long address = cursor.seek(0x258).u64("pref_address");
        if (address < 0) {
            throw cursor.malformed("pref_address", Hex.of(address) + " is no physical address");
        }
        return address;
    }

    private static String otherKind(MemorySegment content) {
        if (ElfHeader.isElf(content)) {
            return "it is an ELF file; give the compressed kernel, /boot/vmlinuz-…";
        }
        int start = content.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), 0);
        return switch (start >>> 16) {
            case 0x1f8b -> "it is gzip-compressed";
            case 0x3037 -> "it is a cpio archive, perhaps the initrd";
            case 0x28b5 -> "it is zstd-compressed, perhaps the initrd";
            default -> "it has no x86 boot sector";
        };
    }

    private static KexecException notAKernel(String name, String reason) {
        return new KexecException(name + ": not a kernel: " + reason);
    }
}
