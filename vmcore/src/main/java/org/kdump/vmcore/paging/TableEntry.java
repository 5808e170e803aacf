package org.kdump.vmcore.paging;

/// An entry of a page table that a walk came by.
///
/// @param level the table, as the kernel names it: `PGD`, `P4D`, `PUD`, `PMD`, `PTE`
/// @param address where the entry is, physical
/// @param value what it holds, in the machine's own format
public record TableEntry(String level, long address, long value) {}
