package org.kdump.kexec;

import java.util.List;

/// A machine's memory as both multiboot specifications tell it.
///
/// @param lower KiB of memory from 0 on, 640 at most
/// @param upper KiB of memory from 1 MiB on, up to the first hole
/// @param entries the whole map, in ascending order
record MultibootMemory(long lower, long upper, List<Entry> entries) {
    /// @param start physical address
    /// @param size in bytes
    /// @param type 1 memory, 3 ACPI's tables, 4 to be kept for ACPI, 2 everything else
    record Entry(long start, long size, int type) {}

    private static final long KIB = 1024;
    private static final long LOWER_END = 640 * KIB;
    private static final long UPPER_START = 1024 * KIB;
    private static final int RESERVED = 2;
    private static final int LARGEST_TYPE = 4;

    static MultibootMemory of(MemoryMap map) {
        return new MultibootMemory(
                Math.min(runFrom(map, 0), LOWER_END) / KIB,
                Math.min(runFrom(map, UPPER_START) / KIB, 0xffff_ffffL),
                map.entries().stream().map(MultibootMemory::entry).toList());
    }

    private static Entry entry(MemoryMap.Entry entry) {
        int type = entry.kind().number();
        return new Entry(entry.range().start(), entry.range().size(), type > LARGEST_TYPE ? RESERVED : type);
    }

    /// Bytes of memory from an address on; Linux keeps the first page for itself, so that its map may start after it.
    private static long runFrom(MemoryMap map, long address) {
        return AddressRange.united(map.entries().stream()
                        .filter(entry -> entry.kind() == MemoryMap.Kind.RAM)
                        .map(MemoryMap.Entry::range)
                        .toList())
                .stream()
                .filter(range -> range.start() <= address + FreeMemory.PAGE_SIZE && range.end() > address)
                .mapToLong(range -> range.end() - address)
                .findFirst()
                .orElse(0);
    }
}
