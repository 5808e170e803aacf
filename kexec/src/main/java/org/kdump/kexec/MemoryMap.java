package org.kdump.kexec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/// The physical memory that a new kernel is shown, as an E820 map.
///
/// For a capture kernel, RAM is the reservation, less what must survive in it, and the low memory that a PC needs to
/// start its processors,
/// whose content purgatory saves. All else that the first kernel had as RAM is left out, so that the second leaves it
/// alone. ACPI's tables and what is reserved are told as the first kernel knows them.
///
/// @param entries in ascending order, none overlapping another
record MemoryMap(List<Entry> entries) {
    /// What a range is: the number is E820's (Linux `arch/x86/include/asm/e820/types.h`), the mark that of the
    /// `memmap=` parameter.
    enum Kind {
        RAM(1, "@", Iomem.SYSTEM_RAM),
        ACPI(3, "#", "ACPI Tables"),
        NVS(4, "#", "ACPI Non-volatile Storage"),
        PERSISTENT(7, "", "Persistent Memory"),
        LEGACY_PERSISTENT(12, "!", "Persistent Memory (legacy)"),
        RESERVED(2, "", "Reserved");

        private final int number;
        private final String mark;
        private final String resource;

        Kind(int number, String mark, String resource) {
            this.number = number;
            this.mark = mark;
            this.resource = resource;
        }

        static Kind of(String resource) {
            return Arrays.stream(values())
                    .filter(kind -> kind.resource.equalsIgnoreCase(resource))
                    .findFirst()
                    .orElse(RESERVED);
        }

        int number() {
            return number;
        }
    }

    /// @param range where
    /// @param kind what is there
    record Entry(AddressRange range, Kind kind) {}

    private static final long KIB = 1024;
    // Less RAM is not worth the room that it takes on the command line.
    private static final long LEAST_ON_COMMAND_LINE = 100 * KIB;

    /// The firmware's own map; what it has no name for is reserved.
    ///
    /// @param ranges each with what the kernel calls its kind
    static MemoryMap ofFirmware(List<Iomem.Resource> ranges) {
        return new MemoryMap(ranges.stream()
                .sorted(Comparator.comparingLong(resource -> resource.range().start()))
                .map(resource -> new Entry(resource.range(), Kind.of(resource.name())))
                .toList());
    }

    /// @param ram what the capture kernel may use
    static MemoryMap of(Iomem iomem, List<AddressRange> ram) {
        List<Entry> entries = new ArrayList<>();
        add(entries, ram, Kind.RAM);
        for (Kind kind : Kind.values()) {
            if (kind != Kind.RAM) {
                add(entries, AddressRange.united(iomem.named(kind.resource)), kind);
            }
        }
        entries.sort(Comparator.comparingLong(entry -> entry.range().start()));
        return new MemoryMap(List.copyOf(entries));
    }

    private static void add(List<Entry> entries, List<AddressRange> ranges, Kind kind) {
        var taken = entries.stream().map(Entry::range).toList();
        for (AddressRange range : ranges) {
            range.without(taken).forEach(free -> entries.add(new Entry(free, kind)));
        }
    }

    /// The map as command line parameters, `memmap=exactmap memmap=…K@…K …` (Linux
    /// `Documentation/admin-guide/kernel-parameters.txt`); what is reserved is not told there, being so without.
    String parameters() {
        return entries.stream()
                .filter(entry -> !entry.kind().mark.isEmpty())
                .filter(entry -> entry.kind() != Kind.RAM || entry.range().size() >= LEAST_ON_COMMAND_LINE)
                .map(MemoryMap::parameter)
                .collect(Collectors.joining(" ", "memmap=exactmap ", ""));
    }

    private static String parameter(Entry entry) {
        boolean ram = entry.kind() == Kind.RAM;
        long start =
                ram ? Math.ceilDiv(entry.range().start(), KIB) : entry.range().start() / KIB;
        long end = ram ? entry.range().end() / KIB : Math.ceilDiv(entry.range().end(), KIB);
        return "memmap=%dK%s%dK".formatted(end - start, entry.kind().mark, start);
    }
}
