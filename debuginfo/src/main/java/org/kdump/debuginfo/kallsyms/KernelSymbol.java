package org.kdump.debuginfo.kallsyms;

/// A symbol of the kernel or of a module.
///
/// @param name as `/proc/kallsyms` prints it; names may repeat
/// @param address at run time
/// @param type the letter that `nm` prints: `T` text, `D` data, `B` zeroed data, `R` read-only data, `W` weak, `A`
///     absolute; lower case for symbols of one object file
public record KernelSymbol(String name, long address, char type) {
    /// Whether it is the name of code.
    public boolean isText() {
        return type == 'T' || type == 't' || type == 'W' || type == 'w';
    }
}
