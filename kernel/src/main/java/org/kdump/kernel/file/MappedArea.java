package org.kdump.kernel.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.MapleTree;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.RangeEntry;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.vmcore.paging.MemoryFault;

/// A part of a process's virtual memory.
///
/// @param address of its `struct vm_area_struct`
/// @param start its first address
/// @param end behind its last
/// @param flags `vm_flags`
/// @param file the name of the file that is mapped there; empty if none is
public record MappedArea(long address, long start, long end, long flags, String file) {
    /// Those of a process, by rising address.
    ///
    /// @param memory its `struct mm_struct`
    /// @return in part where an area cannot be read
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<MappedArea> of(Struct memory) throws IOException {
        Paths paths = Paths.of(memory.type().memory());
        Partial<Struct> structures = structures(memory);
        List<MappedArea> all = new ArrayList<>();
        Optional<String> problem = structures.problem();
        for (Struct area : structures.items()) {
            try {
                all.add(of(area, paths));
            } catch (MemoryFault e) {
                problem = problem.or(() -> Optional.of("an area cannot be read: " + e.getMessage()));
            }
        }
        return new Partial<>(all, problem);
    }

    /// A list until Linux 6.1 (commit 763ecb035029, "mm: remove the vma linked list"), then a maple tree.
    private static Partial<Struct> structures(Struct memory) throws IOException {
        StructType type = memory.type().memory().struct("vm_area_struct");
        if (!memory.type().has("mm_mt")) {
            return Lists.chained(type, "vm_next", memory.number("mmap"));
        }
        Partial<RangeEntry> entries = MapleTree.entries(memory.type().memory(), memory.addressOf("mm_mt"));
        return entries.map(entry -> type.at(entry.value()));
    }

    private static MappedArea of(Struct area, Paths paths) throws IOException {
        Optional<Struct> file = area.follow("vm_file");
        return new MappedArea(
                area.address(),
                area.number("vm_start"),
                area.number("vm_end"),
                area.number("vm_flags"),
                file.isPresent() ? paths.name(file.get().inner("f_path")) : "");
    }
}
