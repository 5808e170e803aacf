package org.kdump.kernel.object;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.kdump.kernel.crash.MemoryVmcore;

/// A kernel of a few structs, put together word by word: places are physical, and the kernel has them at [#at].
public final class LittleKernel {
    public final MemoryVmcore vmcore = MemoryVmcore.x86();
    public final TypedMemory types;
    private final Map<String, Long> symbols = new HashMap<>();

    /// @param types as [Types] has them
    public LittleKernel(String types) {
        this.types = new TypedMemory(
                vmcore.flat(),
                Types.of(types),
                name -> symbols.containsKey(name) ? OptionalLong.of(symbols.get(name)) : OptionalLong.empty());
    }

    /// The kernel's address of a place.
    public long at(int place) {
        return vmcore.virtual(place);
    }

    /// Gives a place a name.
    public void symbol(String name, int place) {
        symbols.put(name, at(place));
    }

    public void u64(int place, long value) {
        vmcore.memory.putLong(place, value);
    }

    public void u32(int place, int value) {
        vmcore.memory.putInt(place, value);
    }

    public void u16(int place, int value) {
        vmcore.memory.putShort(place, (short) value);
    }

    public void u8(int place, int... values) {
        for (int i = 0; i < values.length; i++) {
            vmcore.memory.put(place + i, (byte) values[i]);
        }
    }

    /// A pointer to a place.
    public void pointer(int place, int target) {
        u64(place, at(target));
    }

    public void text(int place, String text) {
        vmcore.memory.put(place, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /// A list by its `list_head`s, the first of which is its head.
    public void list(int... nodes) {
        for (int i = 0; i < nodes.length; i++) {
            pointer(nodes[i], nodes[(i + 1) % nodes.length]);
        }
    }
}
