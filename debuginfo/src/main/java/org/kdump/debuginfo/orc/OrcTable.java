package org.kdump.debuginfo.orc;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.kdump.debuginfo.MemoryReader;
import org.kdump.elf.MalformedInputException;
import org.kdump.elf.Numbers;

/// The unwind table of the kernel or of a module, searched where it stands in the crashed kernel's memory
/// (arch/x86/kernel/unwind_orc.c), of which only what a search touches is kept.
///
/// ```
/// orc_unwind_ip:  s32 for each entry: the distance of its first instruction from the number's own place; sorted
/// orc_unwind:     struct orc_entry for each, 6 bytes; it holds up to the next one's instruction
/// ```
///
/// Only x86_64 has it in this form. Safe for use by several threads.
public final class OrcTable {
    /// A distribution's kernel has 500,000 to 1,000,000.
    private static final long MOST = 1 << 26;

    private static final int BLOCK_SHIFT = 9;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemoryReader memory;
    private final long instructions;
    private final long entries;
    private final int count;
    private final OrcLayout layout;
    private final AtomicReferenceArray<int[]> blocks;

    /// @param file the dump's name for errors
    /// @param memory the crashed kernel's
    /// @param instructions the address of `orc_unwind_ip`
    /// @param entries the address of `orc_unwind`
    /// @param count how many entries there are
    /// @param layout of an entry
    /// @throws MalformedInputException if there cannot be so many
    public OrcTable(String file, MemoryReader memory, long instructions, long entries, long count, OrcLayout layout) {
        if (count < 0 || count > MOST) {
            throw new MalformedInputException(file, -1, "orc_unwind", "", count + " entries cannot be");
        }
        this.memory = memory;
        this.instructions = instructions;
        this.entries = entries;
        this.count = (int) count;
        this.layout = layout;
        this.blocks = new AtomicReferenceArray<>((this.count >> BLOCK_SHIFT) + 1);
    }

    private OrcTable(OrcTable table, OrcLayout layout) {
        this.memory = table.memory;
        this.instructions = table.instructions;
        this.entries = table.entries;
        this.count = table.count;
        this.layout = layout;
        this.blocks = table.blocks;
    }

    /// The same table, read with those numbers of registers by which a function's first instruction finds its caller.
    ///
    /// @param function the address of any C function
    /// @return empty if there are no such numbers
    /// @throws IOException if the dump cannot be read
    public Optional<OrcTable> numberedFor(long function) throws IOException {
        for (OrcNumbers numbers : OrcNumbers.values()) {
            OrcTable table = new OrcTable(this, layout.with(numbers));
            Optional<OrcEntry> entry = table.find(function);
            if (entry.filter(OrcTable::isFirst).isPresent()) {
                return Optional.of(table);
            }
        }
        return Optional.empty();
    }

    private static boolean isFirst(OrcEntry entry) {
        return entry.kind() == OrcEntry.Kind.CALL
                && entry.stackRegister() == OrcRegister.SP
                && entry.stackOffset() == Long.BYTES;
    }

    /// How entries are laid out.
    public OrcLayout layout() {
        return layout;
    }

    /// How many entries there are.
    public int size() {
        return count;
    }

    /// The last entry at or before an instruction; whether the table is about that instruction at all, the caller
    /// knows.
    ///
    /// @return empty if the instruction is before all entries, or what is needed of the table is not in the dump
    /// @throws IOException if the dump cannot be read
    public Optional<OrcEntry> find(long instruction) throws IOException {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            int[] block = block(middle >> BLOCK_SHIFT);
            int index = middle & (1 << BLOCK_SHIFT) - 1;
            if (index >= block.length) {
                return Optional.empty();
            }
            if (Long.compareUnsigned(instructions + middle * (long) Integer.BYTES + block[index], instruction) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == 0 ? Optional.empty() : entry(low - 1);
    }

    /// Some of the table; less than a block where the dump lacks the rest.
    private int[] block(int number) throws IOException {
        int[] block = blocks.get(number);
        if (block == null) {
            int first = number << BLOCK_SHIFT;
            byte[] bytes = new byte[Math.min(1 << BLOCK_SHIFT, count - first) * Integer.BYTES];
            long read = memory.read(instructions + first * (long) Integer.BYTES, MemorySegment.ofArray(bytes));
            block = MemorySegment.ofArray(bytes)
                    .asSlice(0, read & -Integer.BYTES)
                    .toArray(INT);
            blocks.set(number, block);
        }
        return block;
    }

    private Optional<OrcEntry> entry(int index) throws IOException {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Long.BYTES]);
        long read = memory.read(entries + index * (long) OrcLayout.SIZE, bytes.asSlice(0, OrcLayout.SIZE));
        return read < OrcLayout.SIZE
                ? Optional.empty()
                : Optional.of(layout.decode(Numbers.s64(bytes, 0, ByteOrder.LITTLE_ENDIAN)));
    }
}
