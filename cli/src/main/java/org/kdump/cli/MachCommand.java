package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.memory.FirmwareMap;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.Value;
import org.kdump.kernel.object.ValueJson;
import org.kdump.kernel.object.ValueReader;
import org.kdump.kernel.object.ValueText;
import org.kdump.kernel.unwind.CpuStack;

/// `kdump mach`: what kind of machine it was.
final class MachCommand extends TableVerb {
    private static final double NANOS = 1e9;

    private final Supplier<Boolean> map = flag("-m", "The map of physical memory, as the firmware told it.");

    private final Supplier<Boolean> cpus = flag("-c", "Each CPU's cpuinfo_x86.");

    private final Supplier<Boolean> hexadecimal = flag("-x", "With -c: integers in hexadecimal.");

    private final Supplier<Boolean> decimal = flag("-d", "With -c: integers in decimal; so unless told.");

    MachCommand() {
        super("mach", "Say what kind of machine it was, and how its memory is laid out.");
    }

    @Override
    List<Map<String, Object>> rows(Kernel kernel) throws IOException {
        if (map.get()) {
            return map(kernel);
        }
        return cpus.get() ? cpus(kernel) : facts(kernel);
    }

    @Override
    void print(Kernel kernel, List<Map<String, Object>> rows) throws IOException {
        if (!cpus.get()) {
            super.print(kernel, rows);
            return;
        }
        SymbolText symbols = SymbolText.of(kernel);
        for (int cpu : kernel.perCpu().cpus()) {
            out().println("CPU " + cpu + ":");
            boolean hex = hexadecimal.get() && !decimal.get();
            out().println("struct cpuinfo_x86 " + ValueText.of(value(kernel, cpu), hex, 0, symbols) + "\n");
        }
    }

    private static Value value(Kernel kernel, int cpu) throws IOException {
        Struct info = kernel.perCpu().struct("cpu_info", "cpuinfo_x86", cpu);
        return ValueReader.read(kernel.types(), info.type().id(), info.address());
    }

    /// `cpu`, `value` (the struct's members).
    private static List<Map<String, Object>> cpus(Kernel kernel) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int cpu : kernel.perCpu().cpus()) {
            rows.add(Table.row("cpu", cpu, "value", ValueJson.of(value(kernel, cpu))));
        }
        return rows;
    }

    /// `start`, `end` (behind the last address), `type`.
    private static List<Map<String, Object>> map(Kernel kernel) throws IOException {
        return FirmwareMap.all(kernel.types()).stream()
                .map(each -> Table.row(
                        "start", Json.address(each.start()), "end", Json.address(each.end()), "type", each.type()))
                .toList();
    }

    /// `what`, `value`.
    private static List<Map<String, Object>> facts(Kernel kernel) throws IOException {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("MACHINE TYPE", kernel.vmcore().architecture().kernelName());
        facts.put("MEMORY SIZE", (kernel.summary().memory() >> 20) + " MiB");
        facts.put("CPUS", Integer.toString(kernel.stacks().running().all().size()));
        OptionalLong kilohertz = kernel.types().findSymbol("cpu_khz");
        if (kilohertz.isPresent()) {
            facts.put("PROCESSOR SPEED", kernel.memory().u32(kilohertz.getAsLong()) / 1000 + " Mhz");
        }
        OptionalLong tick = kernel.types().findSymbol("tick_nsec");
        if (tick.isPresent()) {
            facts.put(
                    "HZ",
                    Long.toString(Math.round(NANOS / Math.max(1, kernel.memory().u32(tick.getAsLong())))));
        }
        facts.put("PAGE SIZE", Integer.toString(kernel.vmcore().pageSize()));
        boolean five = kernel.vmcore().info().number("pgtable_l5_enabled").orElse(0) != 0;
        facts.put("PAGE TABLES", five ? "5 levels" : "4 levels");
        base(kernel, facts, "KERNEL VIRTUAL BASE", "page_offset_base");
        base(kernel, facts, "KERNEL VMALLOC BASE", "vmalloc_base");
        base(kernel, facts, "KERNEL VMEMMAP BASE", "vmemmap_base");
        facts.put("KERNEL TEXT", Json.address(kernel.types().symbol("_stext")));
        kernel.vmcore().info().kernelOffset().ifPresent(offset -> facts.put("KASLR OFFSET", Json.address(offset)));
        kernel.vmcore().info().number("phys_base").ifPresent(base -> facts.put("PHYS BASE", Json.address(base)));
        facts.put("KERNEL STACK SIZE", Long.toString(kernel.stacks().unwinder().stackSize()));
        for (CpuStack stack : kernel.stacks().unwinder().cpuStacks()) {
            String name = stack.name().replace(" exception", "").toUpperCase(Locale.ROOT);
            facts.put(
                    name + " STACK OF CPU " + stack.cpu(),
                    Json.address(stack.low()) + " to " + Json.address(stack.high()));
        }
        List<Map<String, Object>> rows = new ArrayList<>();
        facts.forEach((what, value) -> rows.add(Table.row("what", what, "value", value)));
        return rows;
    }

    private static void base(Kernel kernel, Map<String, Object> facts, String what, String symbol) throws IOException {
        OptionalLong address = kernel.types().findSymbol(symbol);
        if (address.isPresent()) {
            facts.put(what, Json.address(kernel.memory().u64(address.getAsLong())));
        }
    }
}
