package org.kdump.cli;

import java.io.IOException;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.object.MapleTree;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.RangeEntry;
import org.kdump.kernel.object.RbTree;
import org.kdump.kernel.object.XArray;

/// `kdump tree`: the entries of a tree.
final class TreeCommand extends EntriesVerb {
    private final Supplier<String> root =
            argument(String.class, "ROOT", "The address (hexadecimal) or symbol of the tree's root.");

    private final Supplier<String> type =
            option(String.class, "-t", "rbtree|maple|xarray|radix", "What kind of tree it is.", "rbtree");

    private final Supplier<String> member = option(
            String.class, "-r", "STRUCT.MEMBER", "ROOT is the address of such a struct, of which this is the root.");

    private final Supplier<String> offset =
            option(String.class, "-o", "OFFSET|STRUCT.MEMBER", "Where in an entry its node is, in an rbtree.", "0");

    TreeCommand() {
        super(
                "tree",
                "List the entries of a red-black tree, maple tree, xarray or radix tree, in their order.",
                "",
                "Example: tree DUMP -t maple -r mm_struct.mm_mt ffff8df882321b00 -s vm_area_struct.vm_start,vm_end");
    }

    @Override
    Partial<Long> entries(Kernel kernel) throws IOException {
        long address = kernel.address(root.get()) + (member.get() == null ? 0 : offset(kernel, member.get()));
        return switch (type.get()) {
            case "rb", "rbtree" -> {
                long node = offset(kernel, offset.get());
                yield RbTree.entries(kernel.types().struct("rb_node"), "__rb_parent_color", address)
                        .map(found -> found.address() - node);
            }
            case "maple" -> MapleTree.entries(kernel.types(), address).map(RangeEntry::value);
            case "x", "xarray", "ra", "radix" ->
                XArray.entries(kernel.types(), address).map(RangeEntry::value);
            default -> throw misuse("-t " + type.get() + ": rbtree, maple, xarray and radix are known");
        };
    }
}
