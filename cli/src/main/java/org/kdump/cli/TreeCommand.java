package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.MapleTree;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.RangeEntry;
import org.kdump.kernel.object.RbTree;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.XArray;

/// `kdump tree`: the entries of a tree.
final class TreeCommand extends EntriesVerb {
    private final Supplier<String> root =
            argument(String.class, "ROOT", "The address (hexadecimal) or symbol of the tree's root.");

    private final Supplier<String> type = option(
            String.class,
            "-t",
            "rbtree|maple|xarray|radix",
            "What kind of tree it is; rb, m, x, ra for short.",
            "rbtree");

    private final Supplier<String> member = option(
            String.class, "-r", "STRUCT.MEMBER", "ROOT is the address of such a struct, of which this is the root.");

    private final Supplier<String> offset =
            option(String.class, "-o", "OFFSET|STRUCT.MEMBER", "Where in an entry its node is, in an rbtree.", "0");

    private final Supplier<Boolean> node =
            flag("-N", "ROOT is a node: of a maple tree the pointer to one as it stands in the tree.");

    private final Supplier<Boolean> position = flag("-p", "The place of each entry in the tree.");

    private final Supplier<Boolean> linear = flag("-l", "From the leftmost to the rightmost; so in any case.");

    private final Supplier<Boolean> nodes = flag("-v", "The nodes of a maple tree instead of its entries.");

    TreeCommand() {
        super(
                "tree",
                "List the entries of a red-black tree, maple tree, xarray or radix tree, in their order.",
                "",
                "Example: tree DUMP -t maple -r mm_struct.mm_mt ffff8df882321b00 -s vm_area_struct.vm_start,vm_end");
    }

    /// With -p an entry has `index` and `last` (of a range) of a maple tree or xarray, `position` of an
    /// rbtree; with -v a node of a maple tree has `kind` and `depth`.
    @Override
    Partial<Entry> entries(Kernel kernel) throws IOException {
        long address = kernel.address(root.get()) + (member.get() == null ? 0 : offset(kernel, member.get()));
        return switch (type.get()) {
            case "rb", "rbtree" -> redBlack(kernel, address);
            case "m", "maple" -> maple(kernel, address);
            case "x", "xarray", "ra", "radix" ->
                (node.get() ? XArray.below(kernel.types(), address) : XArray.entries(kernel.types(), address))
                        .map(this::entry);
            default -> throw misuse("-t " + type.get() + ": rbtree, maple, xarray and radix are known");
        };
    }

    private Partial<Entry> redBlack(Kernel kernel, long address) throws IOException {
        long before = offset(kernel, offset.get());
        StructType link = kernel.types().struct("rb_node");
        Partial<Struct> found = node.get()
                ? RbTree.below(link, "__rb_parent_color", address)
                : RbTree.entries(link, "__rb_parent_color", address);
        List<Entry> all = new ArrayList<>();
        for (Struct each : found.items()) {
            Map<String, Object> place =
                    position.get() ? Table.row("position", RbTree.position(kernel.types(), each.address())) : Map.of();
            all.add(new Entry(each.address() - before, place));
        }
        return new Partial<>(all, found.problem());
    }

    private Partial<Entry> maple(Kernel kernel, long address) throws IOException {
        if (nodes.get()) {
            return MapleTree.nodes(kernel.types(), address)
                    .map(each -> new Entry(each.address(), Table.row("kind", each.kind(), "depth", each.depth())));
        }
        return (node.get() ? MapleTree.below(kernel.types(), address) : MapleTree.entries(kernel.types(), address))
                .map(this::entry);
    }

    private Entry entry(RangeEntry entry) {
        Map<String, Object> place = position.get()
                ? Table.row("index", Json.address(entry.first()), "last", Json.address(entry.last()))
                : Map.of();
        return new Entry(entry.value(), place);
    }
}
