package org.kdump.capture;

import java.io.IOException;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.VirtualMemory;

/// FLATMEM: one array, which `mem_map` points to, for all page frames from 0 on.
///
/// @param address of the array
/// @param structSize `SIZE(page)` in bytes
/// @param maxPfn the first page frame behind the array
record FlatMemoryMap(long address, long structSize, long maxPfn) implements MemoryMap {
    static FlatMemoryMap of(VirtualMemory memory) throws IOException {
        VmcoreInfo info = memory.vmcore().info();
        return new FlatMemoryMap(
                memory.word(info.requireSymbol("mem_map")),
                info.requireSize("page"),
                memory.vmcore().maxPfn());
    }

    @Override
    public Row row(long pfn) {
        return new Row(address + pfn * structSize, Math.max(1, maxPfn - pfn));
    }
}
