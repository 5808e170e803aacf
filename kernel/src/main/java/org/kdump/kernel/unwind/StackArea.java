package org.kdump.kernel.unwind;

/// A piece of memory that is a stack.
///
/// @param name what it is for: empty for a task's own, else as crash names it, `IRQ` or `NMI exception`
/// @param low its lowest address
/// @param high the first address behind it, where it begins
record StackArea(String name, long low, long high) {
    boolean contains(long address) {
        return address - low >= 0 && address - low < high - low;
    }
}
