package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.file.MappedArea;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.task.MemoryUse;
import org.kdump.kernel.task.Task;

/// `kdump vm`: the virtual memory of tasks.
final class VmCommand extends TaskVerb {
    VmCommand() {
        super("vm", "List the areas of tasks' virtual memory, and what is mapped there.");
    }

    @Override
    void print(Kernel kernel, Task task) throws IOException {
        Optional<Struct> memory = task.memory();
        if (memory.isEmpty()) {
            out().println("(no user memory)");
            return;
        }
        MemoryUse use = kernel.memoryUse(task);
        long kibibytes = kernel.vmcore().pageSize() / 1024;
        out().println("       MM               PGD          RSS    TOTAL_VM");
        out().printf(
                        "%016x  %016x  %dk    %dk%n",
                        memory.get().address(),
                        memory.get().number("pgd"),
                        use.residentPages() * kibibytes,
                        use.virtualPages() * kibibytes);
        out().println("      VMA           START       END     FLAGS FILE");
        for (MappedArea area : kernel.told(MappedArea.of(memory.get()))) {
            out().printf(
                            "%016x %10x %10x %7x %s%n",
                            area.address(), area.start(), area.end(), area.flags(), area.file());
        }
    }

    /// `mm`, `pgd` (addresses; null without user memory), `resident_kib`, `virtual_kib`, `areas`: each
    /// `address`,
    /// `start`, `end`, `flags` (hexadecimal), `file` (null if there is none).
    @Override
    void describe(Kernel kernel, Task task, Map<String, Object> fields) throws IOException {
        Optional<Struct> memory = task.memory();
        MemoryUse use = kernel.memoryUse(task);
        long kibibytes = kernel.vmcore().pageSize() / 1024;
        fields.put("mm", memory.map(each -> Json.address(each.address())));
        fields.put("pgd", memory.isPresent() ? Json.address(memory.get().number("pgd")) : null);
        fields.put("resident_kib", use.residentPages() * kibibytes);
        fields.put("virtual_kib", use.virtualPages() * kibibytes);
        List<Object> all = new ArrayList<>();
        for (MappedArea area : memory.isPresent() ? kernel.told(MappedArea.of(memory.get())) : List.<MappedArea>of()) {
            Map<String, Object> each = new LinkedHashMap<>();
            each.put("address", Json.address(area.address()));
            each.put("start", Json.address(area.start()));
            each.put("end", Json.address(area.end()));
            each.put("flags", Json.address(area.flags()));
            each.put("file", area.file().isEmpty() ? null : area.file());
            all.add(each);
        }
        fields.put("areas", all);
    }
}
