package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.device.Interrupt;
import org.kdump.kernel.json.Json;

/// `kdump irq`: the interrupts and who handles them.
final class IrqCommand extends TableVerb {
    private final Supplier<List<Integer>> numbers =
            optionalArguments(Integer.class, "NUMBER", "Of interrupts. Default: all that somebody handles.");

    private final Supplier<Boolean> all = flag("-u", "Those too that nobody handles.");

    private final Supplier<Boolean> statistics = flag("-s", "How often each came, by CPU.");

    IrqCommand() {
        super("irq", "List interrupts, who handles them, and how often they came.");
    }

    /// `irq`, `irq_desc`, `irqaction`, `name`, `handler`, `counts` with -s.
    @Override
    List<Map<String, Object>> rows(Kernel kernel) throws IOException {
        SymbolText symbols = SymbolText.of(kernel);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Interrupt interrupt : kernel.told(Interrupt.all(kernel.types(), kernel.perCpu()))) {
            boolean meant = numbers.get().isEmpty() || numbers.get().contains(interrupt.number());
            if (meant
                    && interrupt.handlers().isEmpty()
                    && (all.get() || !numbers.get().isEmpty())) {
                rows.add(row(interrupt, null, "(unused)", null));
            }
            for (Interrupt.Handler each : meant ? interrupt.handlers() : List.<Interrupt.Handler>of()) {
                String function = symbols.apply(each.function());
                String handler = function.isEmpty() ? Json.address(each.function()) : function;
                rows.add(row(interrupt, Json.address(each.action()), each.name(), handler));
            }
        }
        return rows;
    }

    private Map<String, Object> row(Interrupt interrupt, String action, String name, String handler) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("irq", interrupt.number());
        row.put("irq_desc", Json.address(interrupt.description()));
        row.put("irqaction", action);
        row.put("name", name);
        row.put("handler", handler);
        if (statistics.get()) {
            row.put("counts", interrupt.counts());
        }
        return row;
    }
}
