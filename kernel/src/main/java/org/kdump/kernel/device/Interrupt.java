package org.kdump.kernel.device;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Bitmap;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.MapleTree;
import org.kdump.kernel.object.Member;
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
/// @param chip what brings it, and how: `IO-APIC-edge`; empty if it is not known
/// @param affinity the CPUs that it may come to
public record Interrupt(
        int number, long description, List<Handler> handlers, List<Long> counts, String chip, List<Integer> affinity) {
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
        affinity = List.copyOf(affinity);
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
        return new Interrupt(
                number, description.address(), handlers, counts, chip(description), affinity(description, perCpu));
    }

    /// As /proc/interrupts puts it together.
    private static String chip(Struct description) throws IOException {
        Optional<Struct> chip = description.follow("irq_data.chip");
        String name = chip.isPresent() && chip.get().number("name") != 0
                ? LogText.printable(chip.get().text("name"))
                : "";
        String how = description.number("name") == 0 ? "" : LogText.printable(description.text("name"));
        return name + (name.isEmpty() || how.isEmpty() ? "" : "-") + how;
    }

    /// A mask of its own where there may be many CPUs (`CONFIG_CPUMASK_OFFSTACK`), as long as this machine
    /// needs it; else
    /// one within.
    private static List<Integer> affinity(Struct description, PerCpu perCpu) throws IOException {
        Optional<Member> member = description.type().find("irq_common_data.affinity");
        if (member.isEmpty()) {
            return List.of();
        }
        TypedMemory kernel = description.type().memory();
        boolean isPointer =
                kernel.types().type(kernel.types().resolve(member.get().place().type())) instanceof BtfType.Pointer;
        long place = member.get().address(description.address());
        long mask = isPointer ? kernel.memory().word(place) : place;
        return mask == 0
                ? List.of()
                : Bitmap.read(kernel, mask, perCpu.cpus().getLast() + 1).stream()
                        .boxed()
                        .toList();
    }
}
