package org.kdump.kernel.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.vmcore.paging.MemoryFault;

/// A list of the buddy allocator: a zone's free blocks of one size and of one use (`free_area`,
/// include/linux/mmzone.h).
///
/// @param zone whose
/// @param order of the blocks' size: they have 2^order pages
/// @param use `Unmovable`, `Movable`, ..., as `migratetype_names` has it
/// @param head the list's address
/// @param blocks the first page of each
public record FreeArea(Zone zone, int order, String use, long head, List<Long> blocks) {
    private static final int MOST_ORDERS = 64;
    private static final int MOST_USES = 16;

    /// Those of all zones.
    ///
    /// @return in part where a list is broken
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<FreeArea> all(TypedMemory kernel) throws IOException {
        List<FreeArea> all = new ArrayList<>();
        Optional<String> problem = Optional.empty();
        StructType page = kernel.struct("page");
        // A union of its own for those in the allocator's hands since Linux 5.19 (commit bf75f200569d).
        String link = page.firstOf("buddy_list", "lru").path();
        for (Zone zone : Zone.all(kernel)) {
            for (int order = 0; order < MOST_ORDERS && has(zone, order, 0); order++) {
                for (int use = 0; use < MOST_USES && has(zone, order, use); use++) {
                    long head = zone.structure().addressOf(path(order, use));
                    Partial<Struct> blocks = Lists.entries(page, link, head);
                    problem = problem.or(blocks::problem);
                    List<Long> addresses =
                            blocks.items().stream().map(Struct::address).toList();
                    all.add(new FreeArea(zone, order, name(kernel, use), head, addresses));
                }
            }
        }
        return new Partial<>(all, problem);
    }

    private static String path(int order, int use) {
        return "free_area[" + order + "].free_list[" + use + "]";
    }

    private static boolean has(Zone zone, int order, int use) {
        return zone.structure().type().has(path(order, use));
    }

    private static String name(TypedMemory kernel, int use) throws IOException {
        OptionalLong names = kernel.findSymbol("migratetype_names");
        if (names.isEmpty()) {
            return Integer.toString(use);
        }
        try {
            long pointer = names.getAsLong() + (long) use * kernel.types().pointerSize();
            return LogText.printable(kernel.memory().cstring(kernel.memory().word(pointer), 32));
        } catch (MemoryFault e) {
            return Integer.toString(use);
        }
    }

    /// Free pages in its blocks.
    public long pages() {
        return (long) blocks.size() << order;
    }
}
