package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.schedule.Timer;

/// `kdump timer`: what the kernel was to do later.
final class TimerCommand extends TableVerb {
    private final Supplier<Boolean> highResolution = flag("-r", "Timers of high resolution, in nanoseconds.");

    private final Supplier<Integer> onlyCpu = option(Integer.class, "-C", "CPU", "Of this CPU only.");

    TimerCommand() {
        super("timer", "List timers: when they expire, how long that is from now, and what is called then.");
    }

    /// `cpu`, `base`, `expires`, `tte` (from now; both in jiffies, or nanoseconds with -r, where `tte` is
    /// null), `timer`,
    /// `function`.
    @Override
    List<Map<String, Object>> rows(Kernel kernel) throws IOException {
        SymbolText symbols = SymbolText.of(kernel);
        long now = kernel.memory().word(kernel.types().symbol("jiffies_64"));
        var timers = highResolution.get()
                ? Timer.ofHighResolution(kernel.types(), kernel.perCpu())
                : Timer.ofWheels(kernel.types(), kernel.perCpu());
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Timer timer : kernel.told(timers)) {
            if (onlyCpu.get() != null && onlyCpu.get() != timer.cpu()) {
                continue;
            }
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("cpu", timer.cpu());
            row.put("base", timer.base());
            row.put("expires", timer.expires());
            row.put("tte", highResolution.get() ? null : timer.expires() - now);
            row.put("timer", Json.address(timer.structure()));
            String function = symbols.apply(timer.function());
            row.put("function", function.isEmpty() ? Json.address(timer.function()) : function);
            rows.add(row);
        }
        return rows;
    }
}
