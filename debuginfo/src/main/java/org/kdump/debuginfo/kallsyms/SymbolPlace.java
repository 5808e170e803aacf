package org.kdump.debuginfo.kallsyms;

/// An address told by the symbol that it belongs to.
///
/// @param symbol the last one at or before the address; the first of several at one address, as the kernel chooses
/// @param offset of the address in it, in bytes
/// @param size bytes up to the next symbol, or the size that the module's symbol table tells; 0 if there is no next
/// @param module the module's name; empty for the kernel itself
public record SymbolPlace(KernelSymbol symbol, long offset, long size, String module) {
    /// As the kernel prints it with `%pS`: `symbol+0x1a/0x40 [module]`.
    @Override
    public String toString() {
        String place = symbol.name() + "+0x" + Long.toHexString(offset) + "/0x" + Long.toHexString(size);
        return module.isEmpty() ? place : place + " [" + module + "]";
    }
}
