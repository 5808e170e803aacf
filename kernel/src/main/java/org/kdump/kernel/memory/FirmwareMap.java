package org.kdump.kernel.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;

/// A range of physical memory as the firmware told it (`e820_table`, arch/x86/kernel/e820.c).
///
/// @param start its first address
/// @param end behind its last
/// @param type the kernel's name for what it is, `E820_TYPE_RAM`; a number if it has none
public record FirmwareMap(long start, long end, String type) {
    private static final int MOST = 4096;

    /// All ranges.
    ///
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static List<FirmwareMap> all(TypedMemory kernel) throws IOException {
        Struct table = kernel.struct("e820_table", kernel.memory().word(kernel.symbol("e820_table")));
        StructType entry = kernel.struct("e820_entry");
        Member type = entry.member("type");
        long first = table.addressOf("entries");
        long count = Math.clamp(table.number("nr_entries"), 0, MOST);
        List<FirmwareMap> all = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            Struct each = entry.at(first + i * entry.size());
            long start = each.number("addr");
            all.add(new FirmwareMap(start, start + each.number("size"), name(kernel, type, each)));
        }
        return all;
    }

    private static String name(TypedMemory kernel, Member type, Struct entry) throws IOException {
        long value = type.read(entry.address());
        int id = kernel.types().resolve(type.place().type());
        return kernel.types().type(id) instanceof BtfType.Enumeration
                ? kernel.types().enumeratorName(id, value).orElse(Long.toString(value))
                : Long.toString(value);
    }
}
