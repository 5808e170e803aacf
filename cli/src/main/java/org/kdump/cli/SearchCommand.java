package org.kdump.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.file.MappedArea;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.memory.MemorySearch;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.task.Task;
import org.kdump.kernel.task.UserMemory;
import org.kdump.kernel.unwind.StackContents;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.paging.MemoryFault;
import org.kdump.vmcore.paging.VirtualMemory;

/// `kdump search`: where something is in memory.
final class SearchCommand extends TableVerb {
    private static final int MOST = 100_000;

    private final Supplier<String> value =
            argument(String.class, "VALUE|SYMBOL|TEXT", "A hexadecimal number, the address of a symbol, or text (-c).");

    private final Supplier<String> mask =
            option(String.class, "-m", "MASK", "Bits that do not matter (hexadecimal).", "0");

    private final Supplier<Boolean> text = flag("-c", "Look for text, which may begin anywhere.");

    private final Supplier<Boolean> four = flag("-w", "VALUE has 4 bytes, and not 8.");

    private final Supplier<Boolean> two = flag("-h --half", "VALUE has 2 bytes, and not 8.");

    private final Supplier<Boolean> kernelMemory = flag("-k", "In the kernel's virtual memory, from -s to -e.");

    private final Supplier<Boolean> user = flag("-u", "In the user memory of the task that crashed the machine.");

    private final Supplier<String> owner = option(String.class, "--task", "PID|TASK", "With -u: of this task.");

    private final Supplier<Boolean> stacks = flag("-t", "In the kernel stacks of all tasks.");

    private final Supplier<Boolean> active = flag("-T", "In the kernel stacks of the tasks that ran.");

    private final Supplier<Boolean> physical = flag("-p", "In physical memory: so unless told.");

    private final Supplier<String> start = option(String.class, "-s", "ADDRESS|SYMBOL", "Where to begin.");

    private final Supplier<String> end = option(String.class, "-e", "ADDRESS|SYMBOL", "Where to end.");

    private final Supplier<String> length = option(String.class, "-l", "BYTES", "Where to end, from -s on.");

    SearchCommand() {
        super(
                "search",
                "Look for a number in all memory that is in the dump, at multiples of its size, or for text.",
                "",
                "Exit status: 0, or 1 if it is nowhere.");
    }

    /// `physical` and `virtual` (null where it is not known), `task` (with -t and -T: pid and name).
    @Override
    List<Map<String, Object>> rows(Kernel kernel) throws IOException {
        MemorySearch search = new MemorySearch(wanted(kernel), MOST);
        if (stacks.get() || active.get()) {
            return inStacks(kernel, search);
        } else if (user.get() || owner.get() != null) {
            return inUserMemory(kernel, search);
        } else if (isVirtual(kernel)) {
            return inVirtualMemory(kernel, search);
        }
        OptionalLong base = kernel.types().findSymbol("page_offset_base");
        long direct = base.isPresent() ? kernel.memory().u64(base.getAsLong()) : 0;
        List<Map<String, Object>> rows = new ArrayList<>();
        for (long address : kernel.told(
                search.in(kernel.vmcore()::read, within(kernel, kernel.vmcore().memory())))) {
            rows.add(row(Json.address(address), direct == 0 ? null : Json.address(direct + address), null));
        }
        return rows;
    }

    private static Map<String, Object> row(String physicalAddress, String virtualAddress, String task) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("physical", physicalAddress);
        row.put("virtual", virtualAddress);
        row.put("task", task);
        return row;
    }

    private MemorySearch.Wanted wanted(Kernel kernel) throws IOException {
        if (text.get()) {
            byte[] bytes = value.get().getBytes(StandardCharsets.UTF_8);
            if (bytes.length == 0) {
                throw misuse("-c looks for at least one byte");
            }
            return new MemorySearch.Text(bytes);
        }
        int bytes = four.get() ? 4 : two.get() ? 2 : 8;
        return new MemorySearch.Number(
                bytes,
                kernel.address(value.get()),
                hexadecimal(mask.get()),
                kernel.vmcore().byteOrder());
    }

    private long hexadecimal(String word) {
        try {
            return Long.parseUnsignedLong(word.replaceFirst("^0x", ""), 16);
        } catch (NumberFormatException notANumber) {
            throw misuse("'" + word + "' is no hexadecimal number");
        }
    }

    /// An address of the kernel's says that it is looked for there.
    private boolean isVirtual(Kernel kernel) throws IOException {
        return kernelMemory.get() || !physical.get() && start.get() != null && kernel.address(start.get()) < 0;
    }

    /// What of some ranges is between the addresses that are told.
    private List<PhysicalRange> within(Kernel kernel, List<PhysicalRange> all) throws IOException {
        long from = start.get() == null ? 0 : kernel.address(start.get());
        long to = -1;
        if (end.get() != null) {
            to = kernel.address(end.get());
        } else if (length.get() != null) {
            to = from + Long.decode(length.get());
        }
        List<PhysicalRange> ranges = new ArrayList<>();
        for (PhysicalRange range : all) {
            long first = Long.compareUnsigned(from, range.start()) > 0 ? from : range.start();
            long last = Long.compareUnsigned(to, range.end()) < 0 ? to : range.end();
            if (Long.compareUnsigned(first, last) < 0) {
                ranges.add(new PhysicalRange(first, last));
            }
        }
        return ranges;
    }

    private List<Map<String, Object>> inVirtualMemory(Kernel kernel, MemorySearch search) throws IOException {
        if (start.get() == null || end.get() == null && length.get() == null) {
            throw misuse("the kernel's virtual memory is searched from -s to -e, or for -l bytes");
        }
        List<PhysicalRange> range = within(kernel, List.of(new PhysicalRange(0, -1)));
        if (range.stream().anyMatch(each -> each.length() < 0)) {
            throw misuse("that is more than a machine can have");
        }
        return virtualRows(search.in(kernel.memory()::read, range).items(), null);
    }

    private static List<Map<String, Object>> virtualRows(List<Long> addresses, String task) {
        return addresses.stream()
                .map(address -> row(null, Json.address(address), task))
                .toList();
    }

    private List<Map<String, Object>> inUserMemory(Kernel kernel, MemorySearch search) throws IOException {
        List<String> unknown = new ArrayList<>();
        List<Task> tasks =
                new NamedTasks(kernel).orPanic(owner.get() == null ? List.of() : List.of(owner.get()), unknown);
        if (tasks.isEmpty()) {
            throw new IOException(owner.get() + ": there is no such task");
        }
        Struct memory = tasks.getFirst()
                .memory()
                .orElseThrow(() -> new IOException("a thread of the kernel has no user memory; --task names another"));
        List<PhysicalRange> areas = kernel.told(MappedArea.of(memory)).stream()
                .filter(area -> Long.compareUnsigned(area.start(), area.end()) < 0)
                .map(area -> new PhysicalRange(area.start(), area.end()))
                .toList();
        VirtualMemory pages = UserMemory.of(memory);
        return virtualRows(kernel.told(search.in(pages::read, within(kernel, areas))), title(tasks.getFirst()));
    }

    private static String title(Task task) throws IOException {
        return task.pid() + " " + task.name();
    }

    private List<Map<String, Object>> inStacks(Kernel kernel, MemorySearch search) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Task task : kernel.tasks()) {
            try {
                if (stacks.get() || kernel.isRunning(task)) {
                    StackContents stack = kernel.stacks().unwinder().contents(task.structure());
                    List<PhysicalRange> range = List.of(new PhysicalRange(stack.low(), stack.high()));
                    rows.addAll(
                            virtualRows(search.in(kernel.memory()::read, range).items(), title(task)));
                }
            } catch (MemoryFault e) {
                kernel.problems().accept("a task is left out: " + e.getMessage());
            }
        }
        return rows;
    }
}
