package org.kdump.kernel.object;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.paging.MemoryFault;

/// The kernel's red-black trees (include/linux/rbtree.h), read in order.
///
/// ```
/// struct rb_node: __rb_parent_color (the parent's address, the colour in its lowest bit), rb_right, rb_left
/// ```
///
/// Each node names its parent, which is compared: so a corrupt tree cannot lead in a circle.
public final class RbTree {
    private static final long COLOR = 3;
    /// A balanced tree of 2^32 nodes is not deeper.
    private static final int DEEPEST = 64;

    private final Member left;
    private final Member right;
    private final Member parent;
    private final List<Struct> found = new ArrayList<>();
    private final StructType type;
    private final long offset;
    private Optional<String> problem = Optional.empty();

    private RbTree(StructType type, String member) {
        StructType node = type.memory().struct("rb_node");
        this.type = type;
        this.offset = type.member(member).offset();
        this.left = node.member("rb_left");
        this.right = node.member("rb_right");
        this.parent = node.member("__rb_parent_color");
    }

    /// The entries of a tree, from the leftmost to the rightmost.
    ///
    /// @param type what the entries are
    /// @param member the `rb_node` in them
    /// @param root the address of the `rb_root` (or `rb_root_cached`, which begins with one)
    /// @throws MalformedInputException if this kernel's struct has no such member
    /// @throws IOException if the dump cannot be read
    public static Partial<Struct> entries(StructType type, String member, long root) throws IOException {
        RbTree tree = new RbTree(type, member);
        try {
            tree.go(type.memory().memory().word(root), 0);
        } catch (MemoryFault e) {
            tree.say("the tree's root cannot be read: " + e.getMessage());
        }
        return new Partial<>(tree.found, tree.problem);
    }

    /// The entries below a node of a tree, and its own.
    ///
    /// @param node the address of an `rb_node`
    /// @throws IOException as [#entries]
    public static Partial<Struct> below(StructType type, String member, long node) throws IOException {
        RbTree tree = new RbTree(type, member);
        try {
            tree.go(node, tree.parent.read(node) & ~COLOR);
        } catch (MemoryFault e) {
            tree.say("the node cannot be read: " + e.getMessage());
        }
        return new Partial<>(tree.found, tree.problem);
    }

    /// The way from the root to a node: `root/l/r` is the right child of the root's left one.
    ///
    /// @param node the address of an `rb_node`
    /// @throws MemoryFault if a node on the way is not in the dump
    /// @throws IOException if the dump cannot be read
    public static String position(TypedMemory memory, long node) throws IOException {
        StructType type = memory.struct("rb_node");
        StringBuilder way = new StringBuilder();
        long at = node;
        for (int depth = 0; depth <= DEEPEST; depth++) {
            long above = type.member("__rb_parent_color").read(at) & ~COLOR;
            if (above == 0) {
                break;
            }
            way.insert(0, type.member("rb_left").read(above) == at ? "/l" : "/r");
            at = above;
        }
        return "root" + way;
    }

    private void go(long root, long above) throws IOException {
        Deque<Long> open = new ArrayDeque<>();
        descend(root, above, open);
        while (!open.isEmpty() && found.size() < Chain.MOST) {
            long node = open.pop();
            found.add(type.at(node - offset));
            child(right, node, open);
        }
        if (!open.isEmpty()) {
            say("the tree has more than " + Chain.MOST + " entries, the rest is left out");
        }
    }

    /// Puts a node and all that are left of it on the stack.
    private void descend(long from, long expectedParent, Deque<Long> open) throws IOException {
        long node = from;
        long above = expectedParent;
        while (node != 0) {
            if (open.size() == DEEPEST) {
                say("the tree is corrupt: it is deeper than " + DEEPEST);
                return;
            }
            if (!isChild(node, above)) {
                return;
            }
            open.push(node);
            above = node;
            node = read(left, node);
        }
    }

    private void child(Member side, long node, Deque<Long> open) throws IOException {
        descend(read(side, node), node, open);
    }

    private long read(Member side, long node) throws IOException {
        try {
            long child = side.read(node);
            // A node that is its parent's left and right child would be gone through twice, and so all below.
            if (child != 0 && side == right && child == left.read(node)) {
                say("the tree is corrupt: 0x" + Long.toHexString(node) + " has one child twice");
                return 0;
            }
            return child;
        } catch (MemoryFault e) {
            say("a part of the tree cannot be read: " + e.getMessage());
            return 0;
        }
    }

    private boolean isChild(long node, long above) throws IOException {
        try {
            if ((parent.read(node) & ~COLOR) == above) {
                return true;
            }
            say("the tree is corrupt: 0x" + Long.toHexString(node) + " does not name its parent 0x"
                    + Long.toHexString(above));
        } catch (MemoryFault e) {
            say("a part of the tree cannot be read: " + e.getMessage());
        }
        return false;
    }

    private void say(String what) {
        problem = problem.or(() -> Optional.of(what));
    }
}
