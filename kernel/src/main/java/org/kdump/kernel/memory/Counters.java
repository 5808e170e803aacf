package org.kdump.kernel.memory;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.kdump.debuginfo.btf.BtfKind;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.TypedMemory;

/// What the kernel counts of its memory (mm/vmstat.c), by the names of the counters' enumerators.
public final class Counters {
    private Counters() {}

    /// Those of all zones, `vm_zone_stat`, in pages.
    ///
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed; so do all
    /// @throws IOException if the dump cannot be read; so do all
    public static Map<String, Long> ofZones(TypedMemory kernel) throws IOException {
        return array(kernel, "zone_stat_item", kernel.symbol("vm_zone_stat"));
    }

    /// Those of all nodes, `vm_node_stat`; most are in pages.
    public static Map<String, Long> ofNodes(TypedMemory kernel) throws IOException {
        return array(kernel, "node_stat_item", kernel.symbol("vm_node_stat"));
    }

    /// Events since the machine was started, the sum over CPUs of `vm_event_states`; none if the kernel does
    /// not count
    /// them.
    public static Map<String, Long> ofEvents(TypedMemory kernel, PerCpu perCpu) throws IOException {
        OptionalLong states = kernel.findSymbol("vm_event_states");
        Map<String, Long> sums = new LinkedHashMap<>();
        for (int cpu : perCpu.cpus()) {
            if (states.isPresent()) {
                array(kernel, "vm_event_item", perCpu.address(states.getAsLong(), cpu))
                        .forEach((name, count) -> sums.merge(name, count, Long::sum));
            }
        }
        return sums;
    }

    /// An array of words, which an enum names; its last enumerator is its length.
    static Map<String, Long> array(TypedMemory kernel, String enumeration, long address) throws IOException {
        Map<String, Long> counters = new LinkedHashMap<>();
        OptionalInt id = kernel.types().find(BtfKind.ENUM, enumeration);
        if (id.isPresent() && kernel.types().type(id.getAsInt()) instanceof BtfType.Enumeration items) {
            int word = kernel.types().pointerSize();
            for (BtfType.Enumerator item :
                    items.values().subList(0, Math.max(0, items.values().size() - 1))) {
                // Some have a second name, as the first of a group.
                if (!item.name().endsWith("_BASE")) {
                    counters.put(item.name(), kernel.memory().word(address + item.value() * word));
                }
            }
        }
        return counters;
    }
}
