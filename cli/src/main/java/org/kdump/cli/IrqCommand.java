package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.device.Interrupt;
import org.kdump.kernel.device.InterruptVector;
import org.kdump.kernel.device.SoftInterrupt;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.CpuList;

/// `kdump irq`: the interrupts and who handles them.
final class IrqCommand extends TableVerb {
    private final Supplier<List<Integer>> numbers =
            optionalArguments(Integer.class, "NUMBER", "Of interrupts. Default: all.");

    private final Supplier<Boolean> used = flag("-u", "Those only that somebody handles.");

    private final Supplier<Boolean> table = flag("-d", "The interrupt descriptor table, by vector.");

    private final Supplier<Boolean> bottom = flag("-b", "What is done after interrupts (softirqs).");

    private final Supplier<Boolean> affinity = flag("-a", "The CPUs that each may come to.");

    private final Supplier<Boolean> statistics = flag("-s", "How often each came, by CPU.");

    private final Supplier<String> cpus =
            option(String.class, "-c", "CPUS", "With -s: of these CPUs, as 3, or 1,8,9-14, or all.");

    IrqCommand() {
        super("irq", "List interrupts, who handles them, and how often they came.");
    }

    @Override
    List<Map<String, Object>> rows(Kernel kernel) throws IOException {
        SymbolText symbols = SymbolText.of(kernel);
        if (table.get()) {
            return vectors(kernel, symbols);
        } else if (bottom.get()) {
            return bottomHalves(kernel, symbols);
        }
        CpuList chosen = cpuList("-c", cpus.get());
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Interrupt interrupt : kernel.told(Interrupt.all(kernel.types(), kernel.perCpu()))) {
            boolean isUsed = !interrupt.handlers().isEmpty();
            boolean all = !used.get() && !statistics.get() && !affinity.get();
            if (numbers.get().isEmpty() ? isUsed || all : numbers.get().contains(interrupt.number())) {
                if (statistics.get()) {
                    rows.add(counts(interrupt, chosen, kernel.perCpu().cpus()));
                } else if (affinity.get()) {
                    rows.add(affinity(interrupt));
                } else {
                    rows.addAll(handlers(interrupt, symbols));
                }
            }
        }
        return rows;
    }

    /// `vector`, `handler`.
    private static List<Map<String, Object>> vectors(Kernel kernel, SymbolText symbols) throws IOException {
        return InterruptVector.all(kernel.types()).stream()
                .map(each -> Table.row("vector", each.number(), "handler", symbols.orAddress(each.handler())))
                .toList();
    }

    /// `softirq`, `name`, `address`, `action` (a symbol).
    private static List<Map<String, Object>> bottomHalves(Kernel kernel, SymbolText symbols) throws IOException {
        return SoftInterrupt.all(kernel.types()).stream()
                .filter(each -> each.action() != 0)
                .map(each -> Table.row(
                        "softirq", each.number(),
                        "name", each.name(),
                        "address", Json.address(each.action()),
                        "action", symbols.orAddress(each.action())))
                .toList();
    }

    /// `irq`, `name`, `affinity` (CPUs, as `0-3,8`).
    private static Map<String, Object> affinity(Interrupt interrupt) {
        return Table.row(
                "irq", interrupt.number(), "name", names(interrupt), "affinity", CpuList.text(interrupt.affinity()));
    }

    private static String names(Interrupt interrupt) {
        return String.join(
                ",", interrupt.handlers().stream().map(Interrupt.Handler::name).toList());
    }

    /// `irq`, `cpu0`, `cpu1`, and so on, `chip`, `name`.
    private static Map<String, Object> counts(Interrupt interrupt, CpuList chosen, List<Integer> cpus) {
        Map<String, Object> row = Table.row("irq", interrupt.number());
        for (int i = 0; i < cpus.size(); i++) {
            if (chosen.has(cpus.get(i))) {
                row.put(
                        "cpu" + cpus.get(i),
                        i < interrupt.counts().size() ? interrupt.counts().get(i) : 0);
            }
        }
        row.put("chip", interrupt.chip());
        row.put("name", names(interrupt));
        return row;
    }

    /// `irq`, `irq_desc`, `irqaction` (null if nobody handles it), `name`, `handler`.
    private static List<Map<String, Object>> handlers(Interrupt interrupt, SymbolText symbols) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Interrupt.Handler each : interrupt.handlers()) {
            rows.add(row(interrupt, Json.address(each.action()), each.name(), symbols.orAddress(each.function())));
        }
        return rows.isEmpty() ? List.of(row(interrupt, null, "(unused)", null)) : rows;
    }

    private static Map<String, Object> row(Interrupt interrupt, String action, String name, String handler) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("irq", interrupt.number());
        row.put("irq_desc", Json.address(interrupt.description()));
        row.put("irqaction", action);
        row.put("name", name);
        row.put("handler", handler);
        return row;
    }
}
