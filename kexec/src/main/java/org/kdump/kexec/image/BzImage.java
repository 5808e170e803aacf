package org.kdump.kexec.image;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.kdump.elf.ByteCursor;

/// A Linux kernel for x86 as it lies in `/boot` (Linux `Documentation/arch/x86/boot.rst`). Little-endian.
///
/// ```
/// 0x000  the real-mode part, (setup_sects + 1) sectors of 512 bytes; its head is struct setup_header:
///   0x1f1  setup_sects 1      0x1fe  boot_flag 2 = 0xaa55     0x201  end of the setup header - 0x202, 1
///   0x202  header 4 "HdrS"    0x206  version 2                0x211  loadflags 1
///   0x22c  initrd_addr_max 4  0x230  kernel_alignment 4       0x234  relocatable_kernel 1
///   0x236  xloadflags 2       0x238  cmdline_size 4           0x248  payload_offset 4, payload_length 4
///   0x258  pref_address 8     0x260  init_size 4
/// then   the protected-mode part; its 32-bit entry is its start, its 64-bit entry lies 0x200 bytes after that
/// ```
///
/// Fields came one after the other; what a kernel's protocol does not have yet is taken as boot.rst says.
///
/// @param content the protected-mode part, which is what gets loaded
/// @param setupHeader from 0x1f1 on
/// @param placement for a kernel that is not relocatable, the address that it would move itself to
/// @param memorySize `init_size`
/// @param maximalCommandLine `cmdline_size`
/// @param initrdEnd after `initrd_addr_max`; everywhere for a kernel that takes all of memory
/// @param has64BitEntry whether it is a 64-bit kernel that can be entered as such
/// @param entersIn32BitMode whether it is entered in 32-bit mode
public record BzImage(
        MemorySegment content,
        MemorySegment setupHeader,
        Placement placement,
        long memorySize,
        long maximalCommandLine,
        long initrdEnd,
        boolean has64BitEntry,
        boolean entersIn32BitMode)
        implements LinuxImage {
    private static final int SECTOR = 512;
    private static final int BOOT_FLAG = 0xaa55;
    private static final int HDRS = 0x53726448;
    private static final int LOADED_HIGH = 1;
    private static final int XLF_KERNEL_64 = 1;
    private static final int XLF_CAN_BE_LOADED_ABOVE_4G = 2;
    private static final int XLF_5LEVEL = 1 << 5;
    private static final long ENTRY_64 = 0x200;
    private static final long SMALLEST_FILE = 2L * SECTOR;
    // The setup header may not reach the next field of struct boot_params.
    private static final int LARGEST_SETUP_HEADER = 0x290 - SETUP_HEADER;

    // A 32-bit kernel maps memory up to here; higher it says "Destination address too large"
    // (arch/x86/boot/compressed/misc.c).
    private static final long LOW_MEMORY_END = 0x3800_0000;
    // What boot.rst says of kernels that do not say it themselves.
    private static final long OLD_LOAD_ADDRESS = 0x10_0000;
    private static final int OLD_COMMAND_LINE = 255;
    // Kernels are compressed to a third or less.
    private static final int OLD_UNPACKING = 4;

    /// Whether the file is one, good or bad.
    static boolean isOne(MemorySegment file) {
        if (file.byteSize() < SMALLEST_FILE) {
            return false;
        }
        var cursor = cursor("", file);
        return cursor.seek(0x1fe).u16("boot_flag") == BOOT_FLAG
                && cursor.seek(0x202).s32("header") == HDRS;
    }

    /// Reads the header.
    ///
    /// @param name the file's name, for errors
    /// @param file of which [#isOne] is true
    /// @throws ImageException if it cannot be loaded
    static BzImage read(String name, MemorySegment file) throws ImageException {
        var cursor = cursor(name, file);
        if ((cursor.seek(0x211).u8("loadflags") & LOADED_HIGH) == 0) {
            throw new ImageException(name + ": a zImage; only a bzImage can be loaded");
        }
        int sectors = cursor.seek(0x1f1).u8("setup_sects");
        // Very old kernels have 0 there and mean 4.
        int setupSize = ((sectors == 0 ? 4 : sectors) + 1) * SECTOR;
        return new Reading(name, file, cursor, cursor.seek(0x206).u16("version"), setupSize).image();
    }

    private static ByteCursor cursor(String name, MemorySegment file) {
        return new ByteCursor(name, 0, "setup_header", file, ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public long entry(long address) {
        return entersIn32BitMode ? address : address + ENTRY_64;
    }

    @Override
    public boolean is32BitKernel() {
        return !has64BitEntry;
    }

    /// Linux can since 4.13, though it may then go on with four.
    @Override
    public boolean takesFiveLevels() {
        var cursor = new ByteCursor("", SETUP_HEADER, "setup_header", setupHeader, ByteOrder.LITTLE_ENDIAN);
        return entersIn32BitMode || (cursor.seek(0x236 - SETUP_HEADER).u16("xloadflags") & XLF_5LEVEL) != 0;
    }

    @Override
    public LinuxImage in32BitMode() {
        return new BzImage(
                content,
                setupHeader,
                placement.below(Placement.FOUR_GIB),
                memorySize,
                maximalCommandLine,
                Math.min(initrdEnd, Placement.FOUR_GIB),
                has64BitEntry,
                true);
    }

    @Override
    public String kind() {
        return (has64BitEntry ? "64-bit" : "32-bit") + " bzImage" + (placement.fixed() ? ", not relocatable" : "")
                + (has64BitEntry && entersIn32BitMode ? ", entered in 32-bit mode" : "");
    }

    /// A header of some version of the protocol.
    private record Reading(String name, MemorySegment file, ByteCursor cursor, int version, int setupSize) {
        BzImage image() throws ImageException {
            requireWhole();
            MemorySegment kernel = file.asSlice(setupSize);
            int flags = has(0x20c) ? cursor.seek(0x236).u16("xloadflags") : 0;
            boolean wide = (flags & XLF_KERNEL_64) != 0;
            boolean anywhere = wide && (flags & XLF_CAN_BE_LOADED_ABOVE_4G) != 0;
            return new BzImage(
                    kernel,
                    file.asSlice(SETUP_HEADER, headerSize()),
                    placement().below(anywhere ? Placement.ANYWHERE : wide ? Placement.FOUR_GIB : LOW_MEMORY_END),
                    memorySize(kernel.byteSize()),
                    has(0x206) ? cursor.seek(0x238).u32("cmdline_size") : OLD_COMMAND_LINE,
                    anywhere ? Placement.ANYWHERE : initrdEnd(),
                    wide,
                    !wide);
        }

        private boolean has(int since) {
            return version >= since;
        }

        private void requireWhole() throws ImageException {
            long payload = has(0x208) ? cursor.seek(0x248).u32("payload_offset") + cursor.u32("payload_length") : 0;
            long end = setupSize + payload;
            if (file.byteSize() < end || file.byteSize() <= setupSize) {
                throw new ImageException(
                        name + ": truncated: the kernel needs " + end + " bytes, the file has " + file.byteSize());
            }
        }

        private int headerSize() {
            return Math.min(cursor.seek(0x201).u8("jump") + 0x202 - SETUP_HEADER, LARGEST_SETUP_HEADER);
        }

        private Placement placement() {
            long preferred = has(0x20a) ? preferredAddress() : OLD_LOAD_ADDRESS;
            boolean relocatable = has(0x205) && cursor.seek(0x234).u8("relocatable_kernel") != 0;
            return relocatable ? Placement.from(preferred, alignment()) : Placement.at(preferred);
        }

        private long preferredAddress() {
            long address = cursor.seek(0x258).u64("pref_address");
            if (address < 0 || address % Placement.PAGE_SIZE != 0) {
                throw cursor.malformed("pref_address", "0x" + Long.toHexString(address) + " is no address of a page");
            }
            return address;
        }

        private long alignment() {
            long alignment = cursor.seek(0x230).u32("kernel_alignment");
            if (Long.bitCount(alignment) != 1) {
                throw cursor.malformed("kernel_alignment", "0x" + Long.toHexString(alignment) + " is no power of two");
            }
            return Math.max(alignment, Placement.PAGE_SIZE);
        }

        private long memorySize(long kernelSize) {
            return has(0x20a)
                    ? Math.max(cursor.seek(0x260).u32("init_size"), kernelSize)
                    : Math.multiplyExact(kernelSize, OLD_UNPACKING);
        }

        private long initrdEnd() {
            return has(0x203) ? cursor.seek(0x22c).u32("initrd_addr_max") + 1 : LOW_MEMORY_END;
        }
    }
}
