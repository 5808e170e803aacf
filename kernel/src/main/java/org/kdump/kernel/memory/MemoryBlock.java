package org.kdump.kernel.memory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.RangeEntry;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.object.XArray;

/// Memory that can be taken on and off line as one (`struct memory_block`, drivers/base/memory.c): sections.
///
/// @param address of its struct
/// @param number its number, that of its directory in /sys/devices/system/memory
/// @param firstSection the number of its first section
/// @param state `ONLINE`, `GOING_OFFLINE`, `OFFLINE`, or a number
/// @param node the node that its memory is of; -1 if it is not known
public record MemoryBlock(long address, long number, long firstSection, String state, int node) {
    /// All blocks; none if the kernel keeps none, as before Linux 5.8 (commit 4fb6eabf1037).
    ///
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<MemoryBlock> all(TypedMemory kernel) throws IOException {
        OptionalLong blocks = kernel.findSymbol("memory_blocks");
        if (blocks.isEmpty()) {
            return new Partial<>(List.of(), Optional.empty());
        }
        Partial<RangeEntry> entries = XArray.entries(kernel, blocks.getAsLong());
        List<MemoryBlock> all = new ArrayList<>();
        for (RangeEntry entry : entries.items()) {
            Struct block = kernel.struct("memory_block", entry.value());
            all.add(new MemoryBlock(
                    block.address(),
                    entry.first(),
                    block.number("start_section_nr"),
                    state(block),
                    block.type().has("nid") ? (int) block.number("nid") : -1));
        }
        return new Partial<>(all, entries.problem());
    }

    /// `MEM_…` (include/linux/memory.h): bits, and an enum in later kernels, which names them itself.
    private static String state(Struct block) throws IOException {
        Member member = block.type().member("state");
        TypedMemory kernel = block.type().memory();
        long state = member.read(block.address());
        int type = kernel.types().resolve(member.place().type());
        if (kernel.types().type(type) instanceof BtfType.Enumeration) {
            return kernel.types()
                    .enumeratorName(type, state)
                    .orElse(Long.toString(state))
                    .replaceFirst("^MEM_", "");
        }
        return switch ((int) state) {
            case 1 -> "ONLINE";
            case 2 -> "GOING_OFFLINE";
            case 4 -> "OFFLINE";
            default -> Long.toString(state);
        };
    }
}
