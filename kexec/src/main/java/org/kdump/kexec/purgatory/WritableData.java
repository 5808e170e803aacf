package org.kdump.kexec.purgatory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// What purgatory is loaded with: its descriptor tables, and the parameters, filled in when it is linked.
///
/// Each parameter is a global symbol of its own, little-endian, 0 until it is filled in.
final class WritableData {
    static final String GDT = "gdt";
    static final String GDT_POINTER = "gdt_pointer";
    static final String GDT_32 = "gdt_32";
    static final String GDT_32_POINTER = "gdt_32_pointer";

    static final String BACKUP_SOURCE = "backup_source";
    static final String BACKUP_DESTINATION = "backup_destination";
    static final String BACKUP_SIZE = "backup_size";
    static final String KERNEL_ENTRY = "kernel_entry";
    static final String KERNEL_RAX = "kernel_rax";
    static final String KERNEL_RBX = "kernel_rbx";
    static final String KERNEL_RSI = "kernel_rsi";
    /// 4 bytes, 0 or 1.
    static final String IN_32_BIT_MODE = "in_32_bit_mode";
    /// 4 bytes.
    static final String SERIAL_PORT = "serial_port";
    /// 4 bytes, 0 or 1.
    static final String VERBOSE = "verbose";
    /// The digest that is expected.
    static final String SHA256_DIGEST = "sha256_digest";

    static final String SHA256_REGION_COUNT = "sha256_region_count";
    /// Pairs of start and length, 8 bytes each.
    static final String SHA256_REGION_TABLE = "sha256_region_table";

    /// 4 bytes, 0 if the line is to stay as it is.
    static final String SERIAL_DIVISOR = "serial_divisor";
    /// 4 bytes: whether the processor's own instructions are used; purgatory finds out itself.
    static final String SHA_EXTENSIONS = "sha_extensions";

    static final int REGION_SIZE = 16;

    /// Selectors that the x86 boot protocol wants: `__BOOT_CS` and `__BOOT_DS` of arch/x86/include/asm/segment.h.
    static final int BOOT_CS = 0x10;

    static final int BOOT_DS = 0x18;

    /// Flat descriptors, marked as accessed so that the processor need not write to the table.
    private static final long CODE_64 = 0x00af_9b00_0000_ffffL;

    private static final long CODE_32 = 0x00cf_9b00_0000_ffffL;

    private static final long DATA = 0x00cf_9300_0000_ffffL;

    private WritableData() {}

    static ObjectSection section() {
        byte[] gdt = gdt(CODE_64);
        return ObjectSection.writable()
                .local(GDT, gdt)
                .local(GDT_POINTER, gdtPointer(gdt.length))
                .lastIsAddressOf(GDT)
                .local(GDT_32, gdt(CODE_32))
                .local(GDT_32_POINTER, gdtPointer(gdt.length))
                .lastIsAddressOf(GDT_32)
                .global(BACKUP_SOURCE, new byte[8])
                .global(BACKUP_DESTINATION, new byte[8])
                .global(BACKUP_SIZE, new byte[8])
                .global(KERNEL_ENTRY, new byte[8])
                .global(KERNEL_RAX, new byte[8])
                .global(KERNEL_RBX, new byte[8])
                .global(KERNEL_RSI, new byte[8])
                .global(IN_32_BIT_MODE, new byte[4])
                .global(SERIAL_PORT, new byte[4])
                .global(VERBOSE, new byte[4])
                .global(SHA256_DIGEST, new byte[PurgatoryParameters.DIGEST_SIZE])
                .global(SHA256_REGION_COUNT, new byte[8])
                .global(SHA256_REGION_TABLE, new byte[PurgatoryParameters.MAXIMUM_REGIONS * REGION_SIZE])
                .global(SERIAL_DIVISOR, new byte[4])
                .global(SHA_EXTENSIONS, new byte[4]);
    }

    private static byte[] gdt(long code) {
        return ByteBuffer.allocate(BOOT_DS + 8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(BOOT_CS, code)
                .putLong(BOOT_DS, DATA)
                .array();
    }

    private static byte[] gdtPointer(int gdtSize) {
        return ByteBuffer.allocate(2 + 8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) (gdtSize - 1))
                .array();
    }
}
