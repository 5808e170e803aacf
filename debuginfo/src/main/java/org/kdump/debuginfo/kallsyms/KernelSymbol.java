package org.kdump.debuginfo.kallsyms;

import java.util.List;

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

    /// The number of the last symbol at or before `address`, of some sorted by it; -1 if all are behind it.
    public static int lastAtOrBefore(List<KernelSymbol> sorted, long address) {
        int low = 0;
        int high = sorted.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(sorted.get(middle).address(), address) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }
}
