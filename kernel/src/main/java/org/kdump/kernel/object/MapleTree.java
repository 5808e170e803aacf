package org.kdump.kernel.object;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.paging.MemoryFault;

/// The kernel's maple trees (include/linux/maple_tree.h; since Linux 6.1, commit 54a611b60590, "Maple Tree:
/// add new
/// data
/// structure"), read in order.
///
/// ```
/// pointer to a node: bits 8… its address, bits 3…6 its maple_type, bits 0…1 = 10
/// node: pivot[n - 1] the last index of each slot but the last, slot[n]; a pivot of 0 or of the node's own
/// last index
/// is
///       the last in use
/// ```
public final class MapleTree {
    private static final long NODE_MASK = ~0xffL;
    private static final int TYPE_SHIFT = 3;
    private static final int TYPE_MASK = 0xf;
    private static final long RESERVED = 4096;
    /// A full tree of 2^64 ranges is not deeper (MAPLE_HEIGHT_MAX is 31).
    private static final int DEEPEST = 31;

    /// A kind of node.
    ///
    /// @param slots number of slots
    /// @param leaf whether the slots hold entries and not nodes
    private record Kind(String name, long pivotOffset, int pivots, long slotOffset, int slots, boolean leaf) {}

    /// A node of a tree.
    ///
    /// @param address of its `struct maple_node`
    /// @param kind `maple_leaf_64`, which says which of its members counts
    /// @param depth how many nodes it is below
    public record Node(long address, String kind, int depth) {}

    private final TypedMemory memory;
    private final Kind[] kinds;
    private final int word;
    private final List<RangeEntry> found = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private Optional<String> problem = Optional.empty();
    private int visited;

    private MapleTree(TypedMemory memory) {
        this.memory = memory;
        this.word = memory.types().pointerSize();
        this.kinds = new Kind[TYPE_MASK + 1];
        StructType node = memory.struct("maple_node");
        kind("maple_dense", node.member("slot"), Optional.empty(), true);
        kind("maple_leaf_64", node.member("mr64.slot"), node.find("mr64.pivot"), true);
        kind("maple_range_64", node.member("mr64.slot"), node.find("mr64.pivot"), false);
        kind("maple_arange_64", node.member("ma64.slot"), node.find("ma64.pivot"), false);
    }

    private void kind(String name, Member slots, Optional<Member> pivots, boolean leaf) {
        int number = (int) memory.enumerator(name);
        if (number >= 0 && number < kinds.length) {
            long pivotOffset = pivots.isPresent() ? pivots.get().offset() : 0;
            int pivotCount = pivots.isPresent() ? count(pivots.get()) : 0;
            kinds[number] = new Kind(name, pivotOffset, pivotCount, slots.offset(), count(slots), leaf);
        }
    }

    private int count(Member array) {
        BtfType type = memory.types().type(memory.types().resolve(array.place().type()));
        return type instanceof BtfType.Array of ? (int) Math.min(of.count(), 256) : 0;
    }

    /// All entries, by their range; what is empty or reserved is left out.
    ///
    /// @param address of the `struct maple_tree`
    /// @throws MalformedInputException if this kernel has no maple trees
    /// @throws IOException if the dump cannot be read
    public static Partial<RangeEntry> entries(TypedMemory memory, long address) throws IOException {
        MapleTree tree = read(memory, address);
        return new Partial<>(tree.found, tree.problem);
    }

    /// All nodes, each before those below it.
    ///
    /// @throws IOException as [#entries]
    public static Partial<Node> nodes(TypedMemory memory, long address) throws IOException {
        MapleTree tree = read(memory, address);
        return new Partial<>(tree.nodes, tree.problem);
    }

    /// All entries below a node.
    ///
    /// @param node the pointer to it, as it stands in the tree, with its type
    /// @throws IOException as [#entries]
    public static Partial<RangeEntry> below(TypedMemory memory, long node) throws IOException {
        MapleTree tree = new MapleTree(memory);
        tree.node(node, 0, tree.last(), 0);
        return new Partial<>(tree.found, tree.problem);
    }

    private long last() {
        return word == Long.BYTES ? -1 : 0xffffffffL;
    }

    private static MapleTree read(TypedMemory memory, long address) throws IOException {
        MapleTree tree = new MapleTree(memory);
        try {
            long root = memory.struct("maple_tree").member("ma_root").read(address);
            if (isNode(root)) {
                tree.node(root, 0, tree.last(), 0);
            } else {
                // A tree of one entry, at index 0, needs no node.
                tree.entry(root, 0, 0);
            }
        } catch (MemoryFault e) {
            tree.say(e.getMessage());
        }
        return tree;
    }

    private static boolean isNode(long slot) {
        return (slot & 3) == 2 && Long.compareUnsigned(slot, RESERVED) > 0;
    }

    /// The root is marked by bit 1 (`MAPLE_ROOT_NODE`), other nodes by bit 2 (`MAPLE_ENODE_NULL`, which says
    /// nothing).
    private static boolean isChild(long slot) {
        return (slot & 1) == 0 && Long.compareUnsigned(slot & NODE_MASK, RESERVED) > 0;
    }

    private void entry(long slot, long first, long last) {
        boolean reserved = (slot & 3) == 2 && Long.compareUnsigned(slot, RESERVED) < 0;
        if (slot != 0 && !reserved) {
            found.add(new RangeEntry(first, last, slot));
        }
    }

    private void node(long encoded, long first, long last, int depth) throws IOException {
        Kind kind = kinds[(int) (encoded >>> TYPE_SHIFT & TYPE_MASK)];
        if (kind == null || depth > DEEPEST || ++visited > Chain.MOST >> 4) {
            say("the tree is corrupt at node 0x" + Long.toHexString(encoded));
            return;
        }
        long node = encoded & NODE_MASK;
        nodes.add(new Node(node, kind.name(), depth));
        try {
            slots(kind, node, first, last, depth);
        } catch (MemoryFault e) {
            say("a part of the tree cannot be read: " + e.getMessage());
        }
    }

    private void slots(Kind kind, long node, long first, long last, int depth) throws IOException {
        long from = first;
        for (int i = 0; i < kind.slots(); i++) {
            long to = upper(kind, node, i, from, last);
            if (Long.compareUnsigned(to, from) < 0 || Long.compareUnsigned(to, last) > 0) {
                say("the tree is corrupt: the ranges of node 0x" + Long.toHexString(node) + " are not in order");
                return;
            }
            long slot = memory.memory().word(node + kind.slotOffset() + (long) i * word);
            if (kind.leaf()) {
                entry(slot, from, to);
            } else if (isChild(slot)) {
                node(slot, from, to, depth + 1);
            } else if (slot != 0) {
                say("the tree is corrupt: node 0x" + Long.toHexString(node) + " leads to no node");
            }
            if (to == last) {
                return;
            }
            from = to + 1;
        }
    }

    /// The last index of a slot.
    private long upper(Kind kind, long node, int slot, long from, long last) throws IOException {
        if (kind.pivots() == 0) {
            return from;
        }
        if (slot >= kind.pivots()) {
            return last;
        }
        long pivot = memory.memory().word(node + kind.pivotOffset() + (long) slot * word);
        return pivot == 0 && slot > 0 ? last : pivot;
    }

    private void say(String what) {
        problem = problem.or(() -> Optional.of(what));
    }
}
