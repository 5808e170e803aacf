package org.kdump.debuginfo.kallsyms;

import java.util.List;
import java.util.Optional;

/// Where a loaded module is, and its symbol table (`struct module` and its `struct mod_kallsyms`,
/// include/linux/module.h): virtual addresses.
///
/// @param name the module's
/// @param areas its code and data
/// @param symbols `symtab`, an array of `Elf_Sym`
/// @param count `num_symtab`
/// @param strings `strtab`
/// @param types `typetab`, a letter for each symbol; 0 before Linux 5.2 (commit 1c7651f43777), where `st_info` is it
public record ModuleTables(String name, List<Area> areas, long symbols, long count, long strings, long types) {
    /// Some of a module's memory.
    ///
    /// @param start its address
    /// @param size in bytes
    public record Area(long start, long size) {
        /// Whether an address lies in it.
        public boolean contains(long address) {
            return Long.compareUnsigned(address - start, size) < 0;
        }
    }

    /// The part of the module that an address lies in; empty if it lies in none.
    public Optional<Area> area(long address) {
        return areas.stream().filter(area -> area.contains(address)).findFirst();
    }
}
