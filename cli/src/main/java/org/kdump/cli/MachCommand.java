package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;

/// `kdump mach`: how the machine's memory is laid out.
final class MachCommand extends TableVerb {
    MachCommand() {
        super("mach", "Say what kind of machine it was, and how its memory is laid out.");
    }

    /// `what`, `value`.
    @Override
    List<Map<String, Object>> rows(Kernel kernel) throws IOException {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("MACHINE TYPE", kernel.vmcore().architecture().kernelName());
        facts.put("MEMORY SIZE", (kernel.summary().memory() >> 20) + " MiB");
        facts.put("CPUS", Integer.toString(kernel.stacks().running().all().size()));
        OptionalLong kilohertz = kernel.types().findSymbol("cpu_khz");
        if (kilohertz.isPresent()) {
            facts.put("PROCESSOR SPEED", kernel.memory().u32(kilohertz.getAsLong()) / 1000 + " Mhz");
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
        List<Map<String, Object>> rows = new ArrayList<>();
        facts.forEach((what, value) -> {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("what", what);
            row.put("value", value);
            rows.add(row);
        });
        return rows;
    }

    private static void base(Kernel kernel, Map<String, Object> facts, String what, String symbol) throws IOException {
        OptionalLong address = kernel.types().findSymbol(symbol);
        if (address.isPresent()) {
            facts.put(what, Json.address(kernel.memory().u64(address.getAsLong())));
        }
    }
}
