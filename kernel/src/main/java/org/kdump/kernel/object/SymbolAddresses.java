package org.kdump.kernel.object;

import java.util.OptionalLong;

/// Where the kernel's symbols are in the crashed machine.
@FunctionalInterface
public interface SymbolAddresses {
    /// The virtual address of a variable or function as it was at run time, KASLR in it; empty if it is not known.
    OptionalLong address(String symbol);
}
