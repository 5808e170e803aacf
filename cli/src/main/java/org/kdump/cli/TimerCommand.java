package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.CpuList;
import org.kdump.kernel.schedule.Timer;

/// `kdump timer`: what the kernel was to do later.
final class TimerCommand extends TableVerb {
    private final Supplier<Boolean> highResolution = flag("-r", "Timers of high resolution, in nanoseconds.");

    private final Supplier<String> cpus = option(String.class, "-C", "CPUS", "Of these: 3, or 1,8,9-14, or all.");

    TimerCommand() {
        super("timer", "List timers: when they expire, how long that is from now, and what is called then.");
    }

    @Override
    List<Map<String, Object>> rows(Kernel kernel) throws IOException {
        SymbolText symbols = SymbolText.of(kernel);
        CpuList chosen = cpuList("-C", cpus.get());
        return highResolution.get() ? ofHighResolution(kernel, chosen, symbols) : ofWheels(kernel, chosen, symbols);
    }

    /// `cpu`, `base` (a number), `expires`, `tte` (from now, both in jiffies), `timer`, `function`.
    private static List<Map<String, Object>> ofWheels(Kernel kernel, CpuList chosen, SymbolText symbols)
            throws IOException {
        long now = kernel.memory().word(kernel.types().symbol("jiffies_64"));
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Timer timer : kernel.told(Timer.ofWheels(kernel.types(), kernel.perCpu()))) {
            if (chosen.has(timer.cpu())) {
                rows.add(Table.row(
                        "cpu", timer.cpu(),
                        "base", timer.base(),
                        "expires", timer.expires(),
                        "tte", timer.expires() - now,
                        "timer", Json.address(timer.structure()),
                        "function", symbols.orAddress(timer.function())));
            }
        }
        return rows;
    }

    /// `cpu`, `clock` (its name), `softexpires`, `expires`, `tte` (from when the kernel last looked at the
    /// clock; null if that is not known; all in nanoseconds), `timer`, `function`.
    private static List<Map<String, Object>> ofHighResolution(Kernel kernel, CpuList chosen, SymbolText symbols)
            throws IOException {
        Map<Integer, List<Timer.Clock>> clocks = new HashMap<>();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Timer timer : kernel.told(Timer.ofHighResolution(kernel.types(), kernel.perCpu()))) {
            if (!clocks.containsKey(timer.cpu())) {
                clocks.put(timer.cpu(), Timer.clocks(kernel.types(), kernel.perCpu(), timer.cpu()));
            }
            Timer.Clock clock = clocks.get(timer.cpu()).get(timer.base());
            OptionalLong now = clock.now();
            if (chosen.has(timer.cpu())) {
                rows.add(Table.row(
                        "cpu", timer.cpu(),
                        "clock", clock.name(),
                        "softexpires", timer.softExpires(),
                        "expires", timer.expires(),
                        "tte", now.isPresent() ? timer.softExpires() - now.getAsLong() : null,
                        "timer", Json.address(timer.structure()),
                        "function", symbols.orAddress(timer.function())));
            }
        }
        return rows;
    }
}
