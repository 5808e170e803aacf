package org.kdump.kernel.unwind;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.elf.Numbers;
import org.kdump.vmcore.paging.VirtualMemory;

/// The stacks that one backtrace leads through, each read whole when it is first touched. Not safe for use by several
/// threads.
final class StackMemory {
    /// Stacks that are not believed: the largest of a kernel with KASAN has 64 KiB.
    private static final long LARGEST = 1 << 18;

    private final VirtualMemory memory;
    private final Areas areas;
    private final List<Loaded> loaded = new ArrayList<>();

    /// What finds the stack that an address is in.
    @FunctionalInterface
    interface Areas {
        /// @throws IOException if the dump cannot be read
        Optional<StackArea> around(long address) throws IOException;
    }

    /// @param missing the pages that are not in the dump, from the area's start on
    private record Loaded(StackArea area, MemorySegment bytes, BitSet missing) {}

    StackMemory(VirtualMemory memory, Areas areas) {
        this.memory = memory;
        this.areas = areas;
    }

    /// The stack that an address is in; empty if in none.
    Optional<StackArea> area(long address) throws IOException {
        for (Loaded each : loaded) {
            if (each.area.contains(address)) {
                return Optional.of(each.area);
            }
        }
        Optional<StackArea> area = areas.around(address).filter(found -> found.high() - found.low() <= LARGEST);
        if (area.isPresent()) {
            loaded.add(load(area.get()));
        }
        return area;
    }

    private Loaded load(StackArea area) throws IOException {
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) (area.high() - area.low())]);
        BitSet missing = new BitSet();
        int pageSize = memory.vmcore().pageSize();
        for (long at = memory.read(area.low(), bytes); at < bytes.byteSize(); ) {
            missing.set((int) (at / pageSize));
            long next = Math.min((at / pageSize + 1) * pageSize, bytes.byteSize());
            at = next + memory.read(area.low() + next, bytes.asSlice(next));
        }
        return new Loaded(area, bytes, missing);
    }

    /// The word at an address; empty if it is in no stack or not in the dump.
    OptionalLong word(long address) throws IOException {
        Optional<MemorySegment> bytes = bytes(address, Long.BYTES);
        return bytes.isPresent()
                ? OptionalLong.of(Numbers.s64(bytes.get(), 0, ByteOrder.LITTLE_ENDIAN))
                : OptionalLong.empty();
    }

    /// Some bytes of a stack; empty if they are in none or not in the dump.
    Optional<MemorySegment> bytes(long address, int length) throws IOException {
        if (area(address).isEmpty()) {
            return Optional.empty();
        }
        for (Loaded each : loaded) {
            if (each.area.contains(address)) {
                return bytes(each, address - each.area.low(), length);
            }
        }
        return Optional.empty();
    }

    private Optional<MemorySegment> bytes(Loaded stack, long offset, int length) {
        if (length > stack.bytes.byteSize() - offset) {
            return Optional.empty();
        }
        int pageSize = memory.vmcore().pageSize();
        int last = (int) ((offset + length - 1) / pageSize);
        int hole = stack.missing.nextSetBit((int) (offset / pageSize));
        return hole >= 0 && hole <= last ? Optional.empty() : Optional.of(stack.bytes.asSlice(offset, length));
    }

    /// Why nothing can be read at an address, as a sentence.
    String fault(long address) throws IOException {
        if (area(address).isEmpty()) {
            return "0x" + Long.toHexString(address) + " is in none of its stacks";
        }
        return memory.fault(address).orElse("0x" + Long.toHexString(address) + " is at the end of the stack");
    }
}
