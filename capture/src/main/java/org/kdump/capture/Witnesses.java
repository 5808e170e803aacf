package org.kdump.capture;

import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.Translation;
import org.kdump.vmcore.paging.VirtualMemory;

/// Pages that are the kernel's own beyond doubt: those of each variable that VMCOREINFO names. If one of them is taken
/// for something to leave out, the mem_map is misread or damaged.
///
/// @param symbols the variables, by page frame number
record Witnesses(SortedMap<Long, String> symbols) {
    private static final String SYMBOL = "SYMBOL(";

    /// Those of the kernel in `vmcore` that its page tables tell the place of.
    static Witnesses of(Vmcore vmcore) {
        SortedMap<Long, String> found = new TreeMap<>();
        try {
            VirtualMemory memory = VirtualMemory.kernel(vmcore);
            for (String key : vmcore.info().values().keySet()) {
                if (key.startsWith(SYMBOL) && key.endsWith(")")) {
                    String name = key.substring(SYMBOL.length(), key.length() - 1);
                    long address = vmcore.info().symbol(name).orElse(0);
                    if (memory.space().translate(address) instanceof Translation.Mapped mapped) {
                        found.putIfAbsent(mapped.physicalAddress() / vmcore.pageSize(), name);
                    }
                }
            }
        } catch (IOException | MalformedInputException unknown) {
            // Without page tables there is no mem_map either, and nothing to bear witness of.
        }
        return new Witnesses(found);
    }
}
