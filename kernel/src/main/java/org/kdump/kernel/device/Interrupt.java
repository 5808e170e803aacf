package org.kdump.kernel.device;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.MapleTree;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.RangeEntry;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.object.XArray;

/// An interrupt and who handles it.
///
/// @param number its number
/// @param description the address of its `struct irq_desc`
/// @param handlers who handles it
/// @param counts how often it came, by CPU
public record Interrupt(int number, long description, List<Handler> handlers, List<Long> counts) {
    /// Who handles an interrupt.
    ///
    /// @param action the address of its `struct irqaction`
    /// @param name its name
    /// @param function the address of what is called
    public record Handler(long action, String name, long function) {}

    /// Copies the lists.
    public Interrupt {
        handlers = List.copyOf(handlers);
        counts = List.copyOf(counts);
    }

    /// All that there are.
    ///
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static Partial<Interrupt> all(TypedMemory kernel, PerCpu perCpu) throws IOException {
        Partial<RangeEntry> entries = entries(kernel);
        List<Interrupt> all = new ArrayList<>();
        for (RangeEntry entry : entries.items()) {
            all.add(of((int) entry.first(), kernel.struct("irq_desc", entry.value()), perCpu));
        }
        return new Partial<>(all, entries.problem());
    }

    /// A radix tree until Linux 6.5 (commit 721255b9826b, "genirq: Use a maple tree for interrupt descriptor
    /// management"), then a maple tree.
    private static Partial<RangeEntry> entries(TypedMemory kernel) throws IOException {
        OptionalLong maple = kernel.findSymbol("sparse_irqs");
        return maple.isPresent()
                ? MapleTree.entries(kernel, maple.getAsLong())
                : XArray.entries(kernel, kernel.symbol("irq_desc_tree"));
    }

    private static Interrupt of(int number, Struct description, PerCpu perCpu) throws IOException {
        List<Handler> handlers = new ArrayList<>();
        Optional<Struct> first = description.follow("action");
        if (first.isPresent()) {
            for (Struct action : Lists.chained(
                            first.get().type(), "next", first.get().address())
                    .items()) {
                String name = action.number("name") == 0 ? "" : LogText.printable(action.text("name"));
                handlers.add(new Handler(action.address(), name, action.number("handler")));
            }
        }
        long statistics = description.number("kstat_irqs");
        List<Long> counts = new ArrayList<>();
        for (int cpu : statistics == 0 ? List.<Integer>of() : perCpu.cpus()) {
            counts.add(description.type().memory().memory().u32(perCpu.address(statistics, cpu)));
        }
        return new Interrupt(number, description.address(), handlers, counts);
    }
}
