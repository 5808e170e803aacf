package org.kdump.kernel.unwind;

import java.io.IOException;
import java.util.Optional;
import org.kdump.debuginfo.kallsyms.SymbolPlace;

/// Tells what is at an address.
@FunctionalInterface
interface Places {
    /// The symbol of the kernel or of a module that an address belongs to.
    ///
    /// @throws IOException if the dump cannot be read
    Optional<SymbolPlace> nearest(long address) throws IOException;
}
