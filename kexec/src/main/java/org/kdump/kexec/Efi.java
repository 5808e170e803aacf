package org.kdump.kexec;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kdump.elf.MalformedInputException;

/// UEFI as the running kernel uses it, for the next one to use it too. The firmware takes its virtual addresses once,
/// so
/// the next kernel has to map its runtime services where this one did, and is told so (Linux `arch/x86/platform/efi`,
/// `kexec_enter_virtual_mode`; `Documentation/ABI/testing/sysfs-firmware-efi-runtime-map`). All little-endian.
///
/// ```
/// struct efi_info, 32 bytes        struct efi_setup_data, 96 bytes   efi_memory_desc_t, 40 bytes
/// 0x00 efi_loader_signature 4      0x00 fw_vendor 8                  0x00 type 4, pad 4
/// 0x04 efi_systab 4                0x08 runtime 8                    0x08 phys_addr 8
/// 0x08 efi_memdesc_size 4          0x10 tables 8                     0x10 virt_addr 8
/// 0x0c efi_memdesc_version 4       0x18 smbios 8                     0x18 num_pages 8
/// 0x10 efi_memmap 4                0x20 reserved 64                  0x20 attribute 8
/// 0x14 efi_memmap_size 4
/// 0x18 efi_systab_hi 4
/// 0x1c efi_memmap_hi 4
/// ```
///
/// @param info `efi_info` as the running kernel was given it
/// @param vendor physical address of the firmware vendor's name
/// @param runtime that of the runtime services table, 0 where the kernel shows none
/// @param tables that of the configuration table
/// @param smbios that of SMBIOS's entry point, 0 if there is none
/// @param regions the memory of the runtime services, in the firmware's order
record Efi(MemorySegment info, long vendor, long runtime, long tables, long smbios, List<Region> regions) {
    /// Where `efi_info` stands in `struct boot_params`.
    static final int INFO = 0x1c0;

    private static final int INFO_SIZE = 32;
    private static final int MEMDESC_SIZE = 0x08;
    private static final int MEMDESC_VERSION = 0x0c;
    private static final int MEMMAP = 0x10;
    private static final int MEMMAP_SIZE = 0x14;
    private static final int MEMMAP_HI = 0x1c;
    private static final int SETUP_DATA_SIZE = 96;
    private static final int DESCRIPTOR_SIZE = 40;
    private static final int KNOWN_VERSION = 1;

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,6}");
    private static final Pattern SMBIOS = Pattern.compile("(?m)^SMBIOS=0x([0-9a-f]{1,15})$");

    /// @param type `EFI_MEMORY_TYPE`
    /// @param start physical address
    /// @param virtual address at which the running kernel calls it
    /// @param pages of 4096 bytes
    /// @param attribute `EFI_MEMORY_*`
    record Region(long type, long start, long virtual, long pages, long attribute) {
        static Region read(Path directory) throws IOException {
            return new Region(
                    unsigned(directory.resolve("type")),
                    unsigned(directory.resolve("phys_addr")),
                    unsigned(directory.resolve("virt_addr")),
                    unsigned(directory.resolve("num_pages")),
                    unsigned(directory.resolve("attribute")));
        }

        void write(ByteBuffer descriptors) {
            descriptors
                    .putLong(type)
                    .putLong(start)
                    .putLong(virtual)
                    .putLong(pages)
                    .putLong(attribute);
        }
    }

    /// What there is to be told: nothing if the machine has no UEFI, or the running kernel does not use its services
    /// (`noefi`, `efi=noruntime`) or show where (CONFIG_EFI_RUNTIME_MAP).
    ///
    /// @param firmware `/sys/firmware/efi`
    /// @param bootParameters what the running kernel was started with
    static Optional<Efi> read(Path firmware, byte[] bootParameters) throws IOException {
        MemorySegment info = MemorySegment.ofArray(bootParameters).asSlice(INFO, INFO_SIZE);
        ByteBuffer fields = info.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        Path map = firmware.resolve("runtime-map");
        if (fields.getInt(MEMMAP_SIZE) == 0
                || fields.getInt(MEMDESC_VERSION) != KNOWN_VERSION
                || !Files.isDirectory(map)) {
            return Optional.empty();
        }
        String systab = Files.readString(firmware.resolve("systab"));
        Matcher smbios = SMBIOS.matcher(systab);
        return Optional.of(new Efi(
                info,
                address(firmware.resolve("fw_vendor")),
                address(firmware.resolve("runtime")),
                address(firmware.resolve("config_table")),
                smbios.find() ? Long.parseLong(smbios.group(1), 16) : 0,
                regions(map)));
    }

    private static List<Region> regions(Path map) throws IOException {
        List<Path> directories;
        try (var entries = Files.list(map)) {
            directories = entries.filter(entry ->
                            NUMBER.matcher(entry.getFileName().toString()).matches())
                    .sorted(Comparator.comparingInt(Efi::number))
                    .toList();
        }
        var regions = new ArrayList<Region>();
        for (Path directory : directories) {
            regions.add(Region.read(directory));
        }
        return List.copyOf(regions);
    }

    private static int number(Path entry) {
        return Integer.parseInt(entry.getFileName().toString());
    }

    private static long address(Path file) throws IOException {
        return Files.exists(file) ? unsigned(file) : 0;
    }

    private static long unsigned(Path file) throws IOException {
        String word = Files.readString(file).strip();
        try {
            return Long.parseUnsignedLong(word.startsWith("0x") ? word.substring(2) : word, 16);
        } catch (NumberFormatException notOne) {
            throw new MalformedInputException(file.toString(), 0, "text", "", "no number: " + word);
        }
    }

    /// `struct efi_setup_data`.
    byte[] setupData() {
        return little(SETUP_DATA_SIZE)
                .putLong(vendor)
                .putLong(runtime)
                .putLong(tables)
                .putLong(smbios)
                .array();
    }

    /// The memory map of the runtime services alone: what else the firmware had is the kernel's by now.
    byte[] memoryMap() {
        ByteBuffer descriptors = little(regions.size() * DESCRIPTOR_SIZE);
        regions.forEach(region -> region.write(descriptors));
        return descriptors.array();
    }

    /// `struct efi_info` for the next kernel.
    ///
    /// @param map physical address of [#memoryMap]
    byte[] info(long map) {
        return little(INFO_SIZE)
                .put(info.asByteBuffer())
                .putInt(MEMDESC_SIZE, DESCRIPTOR_SIZE)
                .putInt(MEMMAP, (int) map)
                .putInt(MEMMAP_HI, (int) (map >>> 32))
                .putInt(MEMMAP_SIZE, regions.size() * DESCRIPTOR_SIZE)
                .array();
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
