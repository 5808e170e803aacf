package org.kdump.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.VirtualMemory;

/// A piece of the mem_map, read at once: some `struct page`, one behind the other, as words (`unsigned long`) of the
/// crashed machine, one in each `long`.
///
/// An array, for it is what is fast before the code is compiled, and a short capture is over before much of it is.
final class StructRow {
    private final VirtualMemory memory;
    private final int structSize;
    private final boolean swapped;
    private final long[] words;
    /// Of a machine whose words have 32 bits; else null.
    private final int[] halves;

    private final MemorySegment target;

    /// @param structSize `SIZE(page)`, a multiple of the word size
    /// @param structs how many there is room for
    StructRow(VirtualMemory memory, int structSize, int structs) {
        this.memory = memory;
        this.structSize = structSize;
        Vmcore vmcore = memory.vmcore();
        int wordSize = vmcore.elfClass().wordSize();
        swapped = vmcore.byteOrder() != ByteOrder.nativeOrder();
        words = new long[structs * (structSize / wordSize)];
        halves = wordSize == Integer.BYTES ? new int[words.length] : null;
        target = halves == null ? MemorySegment.ofArray(words) : MemorySegment.ofArray(halves);
    }

    /// Reads from `address` on.
    ///
    /// @return how many whole ones were read, fewer than `structs` where the memory ends
    /// @throws IOException if the dump cannot be read
    int read(long address, int structs) throws IOException {
        long bytes = memory.read(address, target.asSlice(0, (long) structs * structSize));
        int whole = (int) (bytes / structSize);
        int used = whole * (words.length / (int) (target.byteSize() / structSize));
        if (halves != null) {
            for (int i = 0; i < used; i++) {
                words[i] = Integer.toUnsignedLong(swapped ? Integer.reverseBytes(halves[i]) : halves[i]);
            }
        } else if (swapped) {
            for (int i = 0; i < used; i++) {
                words[i] = Long.reverseBytes(words[i]);
            }
        }
        return whole;
    }

    /// The words; what lies behind those read last means nothing.
    long[] words() {
        return words;
    }
}
