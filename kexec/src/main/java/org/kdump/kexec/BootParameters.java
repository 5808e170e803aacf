package org.kdump.kexec;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.kdump.kexec.image.LinuxImage;

/// `struct boot_params`, the page that tells an x86 kernel what its loader knows (Linux
/// `arch/x86/include/uapi/asm/bootparam.h`, `Documentation/arch/x86/zero-page.rst`). Little-endian.
///
/// ```
/// 0x000  screen_info 64            0x020  in it, the old command line's magic and offset, 4, to be zero
/// 0x070  acpi_rsdp_addr 8          0x0c0  ext_ramdisk_image 4   0x0c4  ext_ramdisk_size 4   0x0c8  ext_cmd_line_ptr 4
/// 0x1c0  efi_info 32               0x1e8  e820_entries 1        0x1ec  secure_boot 1
/// 0x1f1  setup_header, from the kernel's file, and in it:
///   0x210  type_of_loader 1        0x218  ramdisk_image 4       0x21c  ramdisk_size 4
///   0x228  cmd_line_ptr 4          0x23c  hardware_subarch 4    0x250  setup_data 8
/// 0x2d0  e820_table, 128 entries of 20: start 8, size 8, type 4
/// 0x1000 our own: setup_data with the other entries and with UEFI, then UEFI's memory map
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
    private static final int SECURE_BOOT = 0x1ec;
    private static final int TYPE_OF_LOADER = 0x210;
    private static final int RAMDISK_IMAGE = 0x218;
    private static final int RAMDISK_SIZE = 0x21c;
    private static final int CMD_LINE_PTR = 0x228;
    private static final int HARDWARE_SUBARCH = 0x23c;
    private static final int SETUP_DATA = 0x250;
    private static final int E820_TABLE = 0x2d0;
    private static final int E820_MAXIMUM = 128;
    private static final int E820_ENTRY_SIZE = 20;

    // The loader number that boot.rst gives to kexec, in the upper half.
    private static final int LOADER_KEXEC = 0xd0;

    private final MemoryMap memory;
    private final Machine machine;
    private final SetupData more = new SetupData();

    /// @param memory what the kernel is told to use
    /// @param machine whose screen and firmware tables these are, too
    BootParameters(MemoryMap memory, Machine machine) {
        this.memory = memory;
        this.machine = machine;
        if (memory.entries().size() > E820_MAXIMUM) {
            more.add(
                    SetupData.E820_EXT,
                    table(memory.entries()
                            .subList(E820_MAXIMUM, memory.entries().size())));
        }
        machine.efi().ifPresent(efi -> more.add(SetupData.EFI, efi.setupData()));
        machine.seed().ifPresent(seed -> more.add(SetupData.RNG_SEED, seed));
    }

    /// Bytes that they take.
    int size() {
        return PAGE_SIZE + more.size() + machine.efi().map(Efi::memoryMap).orElse(new byte[0]).length;
    }

    /// @param setupHeader the kernel's own
    /// @param layout where everything will lie
    /// @param initrdSize bytes of initrd, 0 for none
    byte[] encode(MemorySegment setupHeader, CrashLayout layout, long initrdSize) {
        byte[] page = new byte[size()];
        ByteBuffer bytes = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
        MemorySegment.ofArray(page)
                .asSlice(LinuxImage.SETUP_HEADER, setupHeader.byteSize())
                .copyFrom(setupHeader);
        bytes.put(TYPE_OF_LOADER, (byte) LOADER_KEXEC);
        machine(bytes);
        split(bytes, CMD_LINE_PTR, EXT_CMD_LINE_PTR, layout.commandLine().start());
        if (initrdSize > 0) {
            split(bytes, RAMDISK_IMAGE, EXT_RAMDISK_IMAGE, layout.initrd().start());
            split(bytes, RAMDISK_SIZE, EXT_RAMDISK_SIZE, initrdSize);
        }
        int entries = Math.min(memory.entries().size(), E820_MAXIMUM);
        bytes.put(E820_ENTRIES, (byte) entries);
        bytes.put(E820_TABLE, table(memory.entries().subList(0, entries)));
        more(bytes, layout.bootParameters().start());
        return page;
    }

    /// What the running kernel knows of its machine and a new one cannot find out after a panic.
    ///
    /// @param screenInfo `struct screen_info`, 64 bytes
    /// @param subarchitecture `hardware_subarch`
    /// @param acpiRoot physical address of ACPI's root table (RSDP), 0 if the kernel is to search as on a BIOS
    /// @param secureBoot `secure_boot`: whether the firmware checked what it started
    /// @param efi UEFI, if the machine has one and the kernel is to be told
    /// @param acpiParameter what goes on the command line where UEFI is not told, empty for nothing: kernels
    ///     before Linux commit e6e094e053af (v5.0) do not look at `acpi_rsdp_addr`
    /// @param seed for the new kernel's random numbers, if the running one has any to give
    record Machine(
            MemorySegment screenInfo,
            int subarchitecture,
            long acpiRoot,
            byte secureBoot,
            Optional<Efi> efi,
            String acpiParameter,
            Optional<byte[]> seed) {
        /// The one that we run on.
        ///
        /// @param told whether the kernel is to be told of UEFI
        static Machine of(RunningKernel running, boolean told) throws IOException {
            long acpiRoot = running.acpiRootFromFirmware();
            Optional<byte[]> parameters = running.bootParameters();
            Optional<byte[]> seed = running.randomSeed();
            if (parameters.isEmpty()) {
                return plain(acpiRoot, seed);
            }
            return of(parameters.get(), acpiRoot, told ? running.efi(parameters.get()) : Optional.empty(), seed);
        }

        /// @param parameters those that the running kernel was started with
        /// @param acpiRootFromFirmware 0 if it told none
        private static Machine of(
                byte[] parameters, long acpiRootFromFirmware, Optional<Efi> efi, Optional<byte[]> seed) {
            var old = ByteBuffer.wrap(parameters).order(ByteOrder.LITTLE_ENDIAN);
            long acpiRoot = old.getLong(ACPI_RSDP_ADDR);
            return new Machine(
                    MemorySegment.ofArray(parameters).asSlice(0, SCREEN_INFO_SIZE),
                    old.getInt(HARDWARE_SUBARCH),
                    acpiRoot != 0 ? acpiRoot : acpiRootFromFirmware,
                    parameters[SECURE_BOOT],
                    efi,
                    efi.isEmpty() ? rsdpParameter(acpiRootFromFirmware) : "",
                    seed);
        }

        /// A PC in text mode of 80 columns and 25 lines, when the running kernel does not say.
        private static Machine plain(long acpiRootFromFirmware, Optional<byte[]> seed) {
            byte[] screen = new byte[SCREEN_INFO_SIZE];
            screen[0x07] = 80; // orig_video_cols
            screen[0x0e] = 25; // orig_video_lines
            screen[0x0f] = 1; // orig_video_isVGA
            screen[0x10] = 16; // orig_video_points
            return new Machine(
                    MemorySegment.ofArray(screen),
                    0,
                    acpiRootFromFirmware,
                    (byte) 0,
                    Optional.empty(),
                    rsdpParameter(acpiRootFromFirmware),
                    seed);
        }
    }

    private static String rsdpParameter(long root) {
        return root == 0 ? "" : "acpi_rsdp=" + Hex.of(root);
    }

    private void machine(ByteBuffer bytes) {
        bytes.put(0, machine.screenInfo().toArray(ValueLayout.JAVA_BYTE));
        bytes.putInt(OLD_COMMAND_LINE, 0);
        bytes.putInt(HARDWARE_SUBARCH, machine.subarchitecture());
        bytes.putLong(ACPI_RSDP_ADDR, machine.acpiRoot());
        bytes.put(SECURE_BOOT, machine.secureBoot());
    }

    private void more(ByteBuffer bytes, long address) {
        if (more.isEmpty()) {
            return;
        }
        bytes.putLong(SETUP_DATA, address + PAGE_SIZE);
        bytes.put(PAGE_SIZE, more.encode(address + PAGE_SIZE));
        int map = PAGE_SIZE + more.size();
        machine.efi()
                .ifPresent(efi -> bytes.put(Efi.INFO, efi.info(address + map)).put(map, efi.memoryMap()));
    }

    private static void split(ByteBuffer bytes, int low, int high, long value) {
        bytes.putInt(low, (int) value);
        bytes.putInt(high, (int) (value >>> 32));
    }

    private static byte[] table(List<MemoryMap.Entry> entries) {
        ByteBuffer table = ByteBuffer.allocate(entries.size() * E820_ENTRY_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        for (var entry : entries) {
            table.putLong(entry.range().start())
                    .putLong(entry.range().size())
                    .putInt(entry.kind().number());
        }
        return table.array();
    }
}
