package org.kdump.capture;

import java.io.IOException;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.VirtualMemory;

/// Where the kernel keeps the `struct page` of each page frame: its mem_map, in one of the memory models of
/// include/asm-generic/memory_model.h.
sealed interface MemoryMap permits SparseMemoryMap, FlatMemoryMap {
    /// A row of `struct page`, one behind the other.
    ///
    /// @param address virtual address of the first; 0 if these frames have none
    /// @param frames how many
    record Row(long address, long frames) {}

    /// The row that begins with `pfn`.
    ///
    /// @throws IOException if the dump cannot be read there
    Row row(long pfn) throws IOException;

    /// The mem_map of the kernel in `memory`.
    ///
    /// @throws MalformedInputException if VMCOREINFO does not tell enough, or what cannot be true
    /// @throws IOException if the dump cannot be read
    static MemoryMap of(VirtualMemory memory) throws IOException {
        VmcoreInfo info = memory.vmcore().info();
        boolean flat =
                info.symbol("mem_section").isEmpty() && info.symbol("mem_map").isPresent();
        return flat ? FlatMemoryMap.of(memory) : SparseMemoryMap.of(memory);
    }
}
