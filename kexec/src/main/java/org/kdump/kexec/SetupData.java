package org.kdump.kexec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// `struct setup_data`, one after the other: what the page of boot parameters has no room for (Linux
/// `Documentation/arch/x86/boot.rst`, `setup_data`). Little-endian.
///
/// ```
/// next 8, the physical address of the next one, 0 in the last
/// type 4
/// len 4
/// data, and zeroes up to a multiple of 8
/// ```
final class SetupData {
    /// More entries of the E820 map.
    static final int E820_EXT = 1;
    /// UEFI, as the kernel before used it.
    static final int EFI = 4;
    /// Random bytes to begin with, since Linux 6.0; the kernel wipes them once read. Older ones skip them.
    static final int RNG_SEED = 9;

    private static final int HEADER = 16;
    private static final int ALIGNMENT = 8;

    private record Node(int type, byte[] data) {
        int size() {
            return Math.ceilDiv(HEADER + data.length, ALIGNMENT) * ALIGNMENT;
        }
    }

    private final List<Node> nodes = new ArrayList<>();

    void add(int type, byte[] data) {
        nodes.add(new Node(type, data));
    }

    boolean isEmpty() {
        return nodes.isEmpty();
    }

    /// Bytes of all.
    int size() {
        return nodes.stream().mapToInt(Node::size).sum();
    }

    /// @param address where they will lie
    byte[] encode(long address) {
        ByteBuffer bytes = ByteBuffer.allocate(size()).order(ByteOrder.LITTLE_ENDIAN);
        for (Node node : nodes) {
            int start = bytes.position();
            int end = start + node.size();
            bytes.putLong(node == nodes.getLast() ? 0 : address + end)
                    .putInt(node.type())
                    .putInt(node.data().length)
                    .put(node.data())
                    .position(end);
        }
        return bytes.array();
    }
}
