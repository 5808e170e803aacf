package org.kdump.kexec;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.kdump.kexec.image.LinuxImage;

/// `struct boot_params`, the page that tells an x86 kernel what its loader knows (Linux
/// `arch/x86/include/uapi/asm/bootparam.h`, `Documentation/arch/x86/zero-page.rst`). Little-endian.
///
/// ```
/// 0x000  screen_info 64            0x020  in it, the old command line's magic and offset, 4, to be zero
/// 0x070  acpi_rsdp_addr 8          0x0c0  ext_ramdisk_image 4   0x0c4  ext_ramdisk_size 4   0x0c8  ext_cmd_line_ptr 4
/// 0x1e8  e820_entries 1            0x1f1  setup_header, from the kernel's file, and in it:
///   0x210  type_of_loader 1        0x218  ramdisk_image 4       0x21c  ramdisk_size 4
///   0x228  cmd_line_ptr 4          0x23c  hardware_subarch 4    0x250  setup_data 8
/// 0x2d0  e820_table, 128 entries of 20: start 8, size 8, type 4
/// 0x1000 our own, if there are more: struct setup_data: next 8, type 4, len 4, the other entries
/// ```
final class BootParameters {
    static final int PAGE_SIZE = 4096;

    private static final int SCREEN_INFO_SIZE = 0x40;
    private static final int OLD_COMMAND_LINE = 0x20;
    private static final int ACPI_RSDP_ADDR = 0x70;
    private static final int EXT_RAMDISK_IMAGE = 0xc0;
    private static final int EXT_RAMDISK_SIZE = 0xc4;
    private static final int EXT_CMD_LINE_PTR = 0xc8;
    private static final int E820_ENTRIES = 0x1e8;
    private static final int TYPE_OF_LOADER = 0x210;
    private static final int RAMDISK_IMAGE = 0x218;
    private static final int RAMDISK_SIZE = 0x21c;
    private static final int CMD_LINE_PTR = 0x228;
    private static final int HARDWARE_SUBARCH = 0x23c;
    private static final int SETUP_DATA = 0x250;
    private static final int E820_TABLE = 0x2d0;
    private static final int E820_MAXIMUM = 128;
    private static final int E820_ENTRY_SIZE = 20;
    private static final int SETUP_DATA_HEADER = 16;
    private static final int SETUP_E820_EXT = 1;

    // The loader number that boot.rst gives to kexec, in the upper half.
    private static final int LOADER_KEXEC = 0xd0;

    private final ByteBuffer bytes;

    private BootParameters(int size) {
        bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// Bytes of boot parameters with so many E820 entries.
    static int size(int memoryMapEntries) {
        int more = memoryMapEntries - E820_MAXIMUM;
        return more <= 0 ? PAGE_SIZE : PAGE_SIZE + SETUP_DATA_HEADER + more * E820_ENTRY_SIZE;
    }

    /// @param setupHeader the kernel's own
    /// @param layout where everything will lie
    /// @param initrdSize bytes of initrd, 0 for none
    /// @param running whose screen and firmware tables these are, too
    static byte[] encode(
            MemorySegment setupHeader, CrashLayout layout, long initrdSize, MemoryMap memory, Machine running) {
        var parameters = new BootParameters(size(memory.entries().size()));
        MemorySegment.ofArray(parameters.bytes.array())
                .asSlice(LinuxImage.SETUP_HEADER, setupHeader.byteSize())
                .copyFrom(setupHeader);
        parameters.bytes.put(TYPE_OF_LOADER, (byte) LOADER_KEXEC);
        parameters.machine(running);
        parameters.split(CMD_LINE_PTR, EXT_CMD_LINE_PTR, layout.commandLine().start());
        if (initrdSize > 0) {
            parameters.split(RAMDISK_IMAGE, EXT_RAMDISK_IMAGE, layout.initrd().start());
            parameters.split(RAMDISK_SIZE, EXT_RAMDISK_SIZE, initrdSize);
        }
        parameters.memory(memory.entries(), layout.bootParameters().start() + PAGE_SIZE);
        return parameters.bytes.array();
    }

    /// What the running kernel knows of its machine and a new one cannot find out after a panic.
    ///
    /// @param screenInfo `struct screen_info`, 64 bytes
    /// @param subarchitecture `hardware_subarch`
    /// @param acpiRoot physical address of ACPI's root table (RSDP), 0 if the kernel is to search as on a BIOS
    record Machine(MemorySegment screenInfo, int subarchitecture, long acpiRoot) {
        /// The one that we run on.
        static Machine of(RunningKernel running) throws IOException {
            long acpiRoot = running.acpiRootFromFirmware();
            return running.bootParameters()
                    .map(parameters -> of(parameters, acpiRoot))
                    .orElseGet(() -> plain(acpiRoot));
        }

        /// @param parameters those that the running kernel was started with
        /// @param acpiRootFromFirmware 0 if it told none
        static Machine of(byte[] parameters, long acpiRootFromFirmware) {
            var old = ByteBuffer.wrap(parameters).order(ByteOrder.LITTLE_ENDIAN);
            long acpiRoot = old.getLong(ACPI_RSDP_ADDR);
            return new Machine(
                    MemorySegment.ofArray(parameters).asSlice(0, SCREEN_INFO_SIZE),
                    old.getInt(HARDWARE_SUBARCH),
                    acpiRoot != 0 ? acpiRoot : acpiRootFromFirmware);
        }

        /// A PC in text mode of 80 columns and 25 lines, when the running kernel does not say.
        static Machine plain(long acpiRootFromFirmware) {
            byte[] screen = new byte[SCREEN_INFO_SIZE];
            screen[0x07] = 80; // orig_video_cols
            screen[0x0e] = 25; // orig_video_lines
            screen[0x0f] = 1; // orig_video_isVGA
            screen[0x10] = 16; // orig_video_points
            return new Machine(MemorySegment.ofArray(screen), 0, acpiRootFromFirmware);
        }
    }

    private void machine(Machine machine) {
        MemorySegment.ofArray(bytes.array()).asSlice(0, SCREEN_INFO_SIZE).copyFrom(machine.screenInfo());
        bytes.putInt(OLD_COMMAND_LINE, 0);
        bytes.putInt(HARDWARE_SUBARCH, machine.subarchitecture());
        bytes.putLong(ACPI_RSDP_ADDR, machine.acpiRoot());
    }

    private void split(int low, int high, long value) {
        bytes.putInt(low, (int) value);
        bytes.putInt(high, (int) (value >>> 32));
    }

    private void memory(List<MemoryMap.Entry> entries, long extensionAddress) {
        int first = Math.min(entries.size(), E820_MAXIMUM);
        bytes.put(E820_ENTRIES, (byte) first);
        table(E820_TABLE, entries.subList(0, first));
        if (entries.size() > first) {
            bytes.putLong(SETUP_DATA, extensionAddress);
            bytes.putInt(PAGE_SIZE + 8, SETUP_E820_EXT);
            bytes.putInt(PAGE_SIZE + 12, (entries.size() - first) * E820_ENTRY_SIZE);
            table(PAGE_SIZE + SETUP_DATA_HEADER, entries.subList(first, entries.size()));
        }
    }

    private void table(int offset, List<MemoryMap.Entry> entries) {
        bytes.position(offset);
        for (var entry : entries) {
            bytes.putLong(entry.range().start())
                    .putLong(entry.range().size())
                    .putInt(entry.kind().number());
        }
    }
}
