package org.kdump.kernel.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;

/// Memory that the kernel has mapped by `vmalloc` and its like.
///
/// @param area the address of its `struct vmap_area`
/// @param structure that of its `struct vm_struct`; 0 if it has none
/// @param start its first address
/// @param end behind its last, a guard page included
public record VmallocArea(long area, long structure, long start, long end) {
    private static final int MOST_NODES = 1 << 12;

    /// All of them.
    ///
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<VmallocArea> all(TypedMemory kernel) throws IOException {
        StructType type = kernel.struct("vmap_area");
        List<VmallocArea> all = new ArrayList<>();
        Optional<String> problem = Optional.empty();
        for (long head : heads(kernel)) {
            Partial<Struct> entries = Lists.entries(type, "list", head);
            problem = problem.or(entries::problem);
            for (Struct area : entries.items()) {
                all.add(new VmallocArea(
                        area.address(), area.number("vm"), area.number("va_start"), area.number("va_end")));
            }
        }
        all.sort((one, other) -> Long.compareUnsigned(one.start(), other.start()));
        return new Partial<>(all, problem);
    }

    /// One list until Linux 6.9 (commit d093602919ad, "mm: vmalloc: remove global vmap_area_root rb-tree"),
    /// then one for
    /// each of several nodes.
    private static List<Long> heads(TypedMemory kernel) throws IOException {
        OptionalLong one = kernel.findSymbol("vmap_area_list");
        if (one.isPresent()) {
            return List.of(one.getAsLong());
        }
        StructType node = kernel.struct("vmap_node");
        long first = kernel.memory().word(kernel.symbol("vmap_nodes"));
        long count = Math.clamp(kernel.memory().s32(kernel.symbol("nr_vmap_nodes")), 0, MOST_NODES);
        List<Long> heads = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            heads.add(node.at(first + i * node.size()).addressOf("busy.head"));
        }
        return heads;
    }
}
