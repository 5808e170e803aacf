package org.kdump.kexec.purgatory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.kdump.elf.ByteSource;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfObjectWriter;

/// The code that runs between two kernels: it checks the loaded image, saves the backup region, enters the new kernel.
///
/// It is machine code for x86-64, assembled here ([Entry] is where it starts, and where reading starts), written as a
/// relocatable object and linked for the address that it is loaded at.
///
/// ```
/// .text    purgatory_start, enter_in_32_bit_mode, serial_set_up, serial_text, serial_digest, sha256_regions,
/// sha_extensions_present,
///          sha256_compress, sha256_extensions, sha256_blocks
/// .rodata  messages, initial hash value, round constants
/// .data    GDT, parameters
/// .bss     hash state, stack
/// ```
public final class Purgatory {
    /// The load address is a multiple of this, in bytes.
    public static final int ALIGNMENT = 4096;

    /// The line that purgatory sends when the digest is not the expected one; the two digests follow, and it stops.
    public static final String MISMATCH_MESSAGE =
            "kdump purgatory: SHA-256 mismatch in the loaded image; not booting it";

    private static final int EM_X86_64 = 62;

    private Purgatory() {}

    /// The purgatory as an ELF64 relocatable object for x86-64.
    public static byte[] objectFile() {
        ElfObjectWriter object = new ElfObjectWriter(ElfClass.ELF64, ByteOrder.LITTLE_ENDIAN, EM_X86_64);
        ObjectSection code = ObjectSection.code();
        List.of(
                        new Entry(),
                        new ProtectedMode(),
                        new SerialConsole(),
                        new Sha256Regions(),
                        new Sha256Choice(),
                        new Sha256Extensions(),
                        new Sha256Blocks())
                .forEach(code::add);
        List.of(code, ReadOnlyData.section(), WritableData.section(), ZeroedData.section())
                .forEach(section -> section.writeTo(object));
        // A linker takes its absence for code that needs an executable stack.
        object.section(".note.GNU-stack", 0, 1, new byte[0]);
        return object.toByteArray();
    }

    /// Bytes of memory that purgatory needs when loaded, `.bss` included; no multiple of a page.
    public static long size() {
        return linker().memorySize();
    }

    /// Relocates purgatory and fills in its parameters.
    ///
    /// @param loadAddress the physical address it will be loaded at, a multiple of [#ALIGNMENT]
    /// @throws IllegalArgumentException if `loadAddress` is no such address
    public static LinkedPurgatory link(long loadAddress, PurgatoryParameters parameters) {
        if (loadAddress < 0 || loadAddress % ALIGNMENT != 0) {
            throw new IllegalArgumentException("purgatory cannot be loaded at 0x" + Long.toHexString(loadAddress));
        }
        StaticLinker linker = linker();
        requireReachable(loadAddress + linker.memorySize(), parameters.kernel());
        LinkedObject linked = linker.linkAt(loadAddress);
        fillIn(linked, parameters);
        return new LinkedPurgatory(linked.image(), linked.address(Entry.NAME), linker.memorySize());
    }

    private static void requireReachable(long end, KernelEntry kernel) {
        if (kernel instanceof KernelEntry.In32BitMode && end > 1L << 32) {
            throw new IllegalArgumentException("purgatory cannot leave 64-bit mode above 4 GiB");
        }
    }

    private static StaticLinker linker() {
        try {
            return new StaticLinker(ByteSource.of("purgatory", MemorySegment.ofArray(objectFile())));
        } catch (IOException e) {
            throw new UncheckedIOException("memory could not be read", e);
        }
    }

    private static void fillIn(LinkedObject purgatory, PurgatoryParameters parameters) {
        purgatory.setLong(WritableData.BACKUP_SOURCE, parameters.backupSource());
        purgatory.setLong(WritableData.BACKUP_DESTINATION, parameters.backupDestination());
        purgatory.setLong(WritableData.BACKUP_SIZE, parameters.backupSize());
        fillIn(purgatory, parameters.kernel());
        purgatory.setInt(WritableData.SERIAL_PORT, parameters.serial().port());
        purgatory.setInt(WritableData.SERIAL_DIVISOR, parameters.serial().divisor());
        purgatory.setInt(WritableData.VERBOSE, parameters.verbose() ? 1 : 0);
        purgatory.setBytes(WritableData.SHA256_DIGEST, parameters.digest());
        purgatory.setLong(WritableData.SHA256_REGION_COUNT, parameters.regions().size());
        purgatory.setBytes(WritableData.SHA256_REGION_TABLE, regionTable(parameters.regions()));
    }

    private static void fillIn(LinkedObject purgatory, KernelEntry kernel) {
        purgatory.setLong(WritableData.KERNEL_ENTRY, kernel.address());
        switch (kernel) {
            case KernelEntry.In64BitMode(long _, long bootParameters) ->
                purgatory.setLong(WritableData.KERNEL_RSI, bootParameters);
            case KernelEntry.In32BitMode(long _, int eax, int ebx, int esi) -> {
                purgatory.setInt(WritableData.IN_32_BIT_MODE, 1);
                purgatory.setLong(WritableData.KERNEL_RAX, Integer.toUnsignedLong(eax));
                purgatory.setLong(WritableData.KERNEL_RBX, Integer.toUnsignedLong(ebx));
                purgatory.setLong(WritableData.KERNEL_RSI, Integer.toUnsignedLong(esi));
            }
        }
    }

    private static byte[] regionTable(List<Region> regions) {
        ByteBuffer table = ByteBuffer.allocate(PurgatoryParameters.MAXIMUM_REGIONS * WritableData.REGION_SIZE)
                .order(ByteOrder.LITTLE_ENDIAN);
        regions.forEach(region -> table.putLong(region.start()).putLong(region.length()));
        return table.array();
    }
}
