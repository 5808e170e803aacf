package org.kdump.kernel.object;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.kdump.vmcore.paging.MemoryFault;

/// Addresses that are found one by the other, as a list's nodes: until the end, a circle, a fault or the
/// limit.
///
/// A circle is found without remembering all that was seen (Brent: one address is kept and compared, a new
/// one at each
/// power of two), and what was gone through twice is taken back.
final class Chain {
    /// No list of a kernel that works is longer; 8 bytes are kept for each.
    static final int MOST = 1 << 22;

    private long[] addresses = new long[16];
    private int count;
    private Optional<String> problem = Optional.empty();

    private Chain() {}

    /// How the next node is found.
    @FunctionalInterface
    interface Next {
        /// @return the next node's address
        /// @throws IOException if it cannot be read
        long of(long address) throws IOException;
    }

    /// Whether an address is no node but the list's end.
    @FunctionalInterface
    interface End {
        boolean is(long address);
    }

    /// Walks.
    ///
    /// @throws IOException if the dump cannot be read; a [MemoryFault] is a problem of the list's alone
    static Chain walk(long first, Next next, End end) throws IOException {
        Chain chain = new Chain();
        chain.go(first, next, end);
        return chain;
    }

    private void go(long first, Next next, End end) throws IOException {
        int mark = 0;
        long at = first;
        while (!end.is(at)) {
            if (count > 0 && addresses[mark] == at) {
                cut(count - mark);
                return;
            }
            if (count == MOST) {
                problem = Optional.of("the list has more than " + MOST + " entries, the rest is left out");
                return;
            }
            if (Integer.bitCount(count) == 1) {
                mark = count;
            }
            add(at);
            try {
                at = next.of(at);
            } catch (MemoryFault e) {
                // What cannot be read is no entry: the pointer to it is wrong, or its page is not there.
                count--;
                problem = Optional.of("the list ends early: " + e.getMessage());
                return;
            }
        }
    }

    private void add(long address) {
        if (count == addresses.length) {
            addresses = Arrays.copyOf(addresses, count * 2);
        }
        addresses[count++] = address;
    }

    /// Takes back what was gone through again: the circle has `period` entries.
    private void cut(int period) {
        int start = 0;
        while (start + period < count && addresses[start] != addresses[start + period]) {
            start++;
        }
        count = Math.min(count, start + period);
        problem = Optional.of("the list is corrupt: it runs in a circle from 0x" + Long.toHexString(addresses[start]));
    }

    /// What was found, and what is missing.
    Partial<Long> found() {
        return new Partial<>(Arrays.stream(addresses, 0, count).boxed().toList(), problem);
    }

    /// What was found.
    long[] addresses() {
        return Arrays.copyOf(addresses, count);
    }

    /// The structs whose member, at `offset`, was found.
    Partial<Struct> structs(StructType type, long offset) {
        return new Partial<>(
                Arrays.stream(addresses, 0, count)
                        .mapToObj(node -> type.at(node - offset))
                        .toList(),
                problem);
    }
}
