package org.kdump.kernel.object;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.vmcore.paging.MemoryFault;

/// The kernel's xarrays (include/linux/xarray.h) and what is built on them: radix trees, which have been
/// xarrays since Linux 4.20 (commit f8d5d0cc145c, "xarray: Add definition of struct xarray"), and IDRs.
///
/// ```
/// slot: bits 0…1 = 00 a pointer | bit 0 = 1 a value, shifted left by one | 10 internal: a node's address + 2
/// above 4096,
///       else 0…61 sibling (belongs to the slot before), 256 retry, 257 reserved
/// struct xa_node: shift (bits of index below it) … slots[XA_CHUNK_SIZE]
/// ```
public final class XArray {
    private static final long INTERNAL = 2;
    private static final long LARGEST_INTERNAL = 4096;
    private static final long RETRY = 256;
    private static final long ZERO = 257;

    private final Member shift;
    private final Member slots;
    private final int width;
    private final int slotSize;
    private final TypedMemory memory;
    private final List<RangeEntry> found = new ArrayList<>();
    private Optional<String> problem = Optional.empty();
    private int visited;

    private XArray(TypedMemory memory) {
        StructType node = memory.struct("xa_node");
        this.memory = memory;
        this.shift = node.member("shift");
        this.slots = node.member("slots");
        this.slotSize = memory.types().pointerSize();
        this.width = (int) (slots.size() / slotSize);
    }

    /// All entries, by their index; null ones and reserved ones are left out.
    ///
    /// @param address of the `struct xarray` or `radix_tree_root`
    /// @throws MalformedInputException if this kernel has no such types
    /// @throws IOException if the dump cannot be read
    public static Partial<RangeEntry> entries(TypedMemory memory, long address) throws IOException {
        XArray array = new XArray(memory);
        try {
            array.add(memory.struct("xarray").member("xa_head").read(address), 0, Long.SIZE);
        } catch (MemoryFault e) {
            array.say(e.getMessage());
        }
        return new Partial<>(array.found, array.problem);
    }

    /// All entries below a node, by their index in what it covers.
    ///
    /// @param node the address of a `struct xa_node` or `radix_tree_node`
    /// @throws IOException as [#entries]
    public static Partial<RangeEntry> below(TypedMemory memory, long node) throws IOException {
        XArray array = new XArray(memory);
        array.node(node, 0, Long.SIZE);
        return new Partial<>(array.found, array.problem);
    }

    /// All entries of a `struct idr`, by their id.
    ///
    /// @param address of the `struct idr`
    /// @throws MalformedInputException if this kernel has no such types
    /// @throws IOException if the dump cannot be read
    public static Partial<RangeEntry> idr(TypedMemory memory, long address) throws IOException {
        Struct idr = memory.struct("idr", address);
        // Since Linux 4.16 (commit 6ce711f27500, "idr: Make 1-based IDRs more efficient").
        Optional<Member> base = idr.type().find("idr_base");
        try {
            long first = base.isPresent() ? base.get().read(address) : 0;
            return entries(memory, idr.addressOf("idr_rt"))
                    .map(entry -> new RangeEntry(entry.first() + first, entry.last() + first, entry.value()));
        } catch (MemoryFault e) {
            return new Partial<>(List.of(), Optional.of(e.getMessage()));
        }
    }

    /// The number that a value entry holds; see [#isValue].
    public static long value(long slot) {
        return slot >>> 1;
    }

    /// Whether a slot holds a number instead of a pointer.
    public static boolean isValue(long slot) {
        return (slot & 1) != 0;
    }

    private static boolean isInternal(long slot) {
        return (slot & 3) == INTERNAL;
    }

    /// @param above the shift of the node that it is in
    private void add(long slot, long index, int above) throws IOException {
        if (isInternal(slot) && Long.compareUnsigned(slot, LARGEST_INTERNAL) > 0) {
            node(slot - INTERNAL, index, above);
        } else if (slot != 0 && !isInternal(slot)) {
            long size = above < Long.SIZE ? 1L << above : 1;
            found.add(new RangeEntry(index, index + size - 1, slot));
        }
    }

    private void node(long address, long index, int above) throws IOException {
        try {
            int bits = (int) shift.read(address);
            // Below a node there is only what has a smaller shift, so that a corrupt array ends too.
            if (bits >= above || ++visited > Chain.MOST >> 4) {
                say("the array is corrupt at node 0x" + Long.toHexString(address));
                return;
            }
            long last = -1;
            for (int i = 0; i < width; i++) {
                long slot = memory.memory().word(slots.address(address) + (long) i * slotSize);
                last = sibling(slot, last, bits) ? last : add(slot, index, bits, i);
            }
        } catch (MemoryFault e) {
            say("a part of the array cannot be read: " + e.getMessage());
        }
    }

    /// @return where the entry is among those found, -1 if it is none
    private long add(long slot, long index, int bits, int place) throws IOException {
        int before = found.size();
        add(slot, index + ((long) place << bits), bits);
        return found.size() == before + 1 && !isInternal(slot) ? before : -1;
    }

    /// An entry of several slots stands in the first; the others point back to it.
    private boolean sibling(long slot, long last, int bits) {
        long number = slot >>> 2;
        boolean sibling = isInternal(slot) && number < width;
        if (sibling && last >= 0) {
            RangeEntry entry = found.get((int) last);
            found.set((int) last, new RangeEntry(entry.first(), entry.last() + (1L << bits), entry.value()));
        }
        return sibling || isInternal(slot) && (number == RETRY || number == ZERO);
    }

    private void say(String what) {
        problem = problem.or(() -> Optional.of(what));
    }
}
