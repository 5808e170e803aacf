package org.kdump.e2e;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;
import org.kdump.kernel.object.Bitmap;
import org.kdump.kernel.object.Lists;
import org.kdump.kernel.object.Partial;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;
import org.kdump.kernel.symbol.KernelSymbols;
import org.kdump.kernel.symbol.LoadedModule;
import org.kdump.vmcore.Vmcore;
import org.kdump.vmcore.paging.Translation;
import org.kdump.vmcore.paging.VirtualMemory;

/// The pages that a kernel cannot be understood without, found by its own lists and pointers, and by nothing of what
/// the capture goes by: slab caches, stacks, modules, page tables, per-CPU memory, the image, and what else it mapped.
final class LivePages {
    private static final long ONE_GIB = 1 << 30;
    /// `THREAD_SIZE` (arch/x86/include/asm/page_64_types.h).
    private static final long STACK_SIZE = 16 << 10;

    private final TypedMemory kernel;
    private final KernelSymbols symbols;
    private final Vmcore vmcore;
    private final int pageSize;
    private final Map<String, BitSet> found = new TreeMap<>();

    private LivePages(Vmcore vmcore) throws IOException {
        this.vmcore = vmcore;
        pageSize = vmcore.pageSize();
        VirtualMemory memory = VirtualMemory.kernel(vmcore);
        symbols = KernelSymbols.of(memory);
        kernel = TypedMemory.of(memory, symbols::address);
    }

    /// Those of a machine, by what they are for; a bit is a page frame.
    static Map<String, BitSet> of(Vmcore vmcore) throws IOException {
        LivePages pages = new LivePages(vmcore);
        pages.image();
        pages.modules();
        pages.perCpu();
        pages.tasks();
        pages.vmalloc();
        pages.found.putAll(new SlabPages(pages.kernel).found());
        return pages.found;
    }

    private void image() throws IOException {
        String[][] sections = {
            {"_stext", "_etext"},
            {"__start_rodata", "__end_rodata"},
            {"_sdata", "_edata"},
            {"__bss_start", "__bss_stop"}
        };
        for (String[] section : sections) {
            long start = kernel.symbol(section[0]);
            add("image", start, kernel.symbol(section[1]) - start);
        }
        // Given back where memory is not encrypted (commit b3f0907c71e0, "x86/mm: Add .bss..decrypted section").
        OptionalLong unused = kernel.findSymbol("__start_bss_decrypted_unused");
        if (unused.isPresent()) {
            long end = kernel.symbol("__end_bss_decrypted");
            for (long at = unused.getAsLong(); at < end; at += pageSize) {
                set("image").clear((int) (physical(at) / pageSize));
            }
        }
    }

    private void modules() throws IOException {
        Partial<LoadedModule> modules = LoadedModule.all(kernel);
        Assertions.assertTrue(modules.isWhole(), modules::toString);
        for (LoadedModule module : modules.items()) {
            for (var area : module.tables().areas()) {
                add("module", area.start(), area.size());
            }
        }
    }

    private void perCpu() throws IOException {
        PerCpu perCpu = PerCpu.of(kernel);
        long size = kernel.symbol("__per_cpu_end") - kernel.symbol("__per_cpu_start");
        for (int cpu : perCpu.cpus()) {
            add("per-CPU", perCpu.address(kernel.symbol("__per_cpu_start"), cpu), size);
        }
        // Up to 5.13 there are lists of two types (commit 3c7be18ac9a0, in 5.9, to faf65dde844a).
        long types = kernel.types().enumerator("PCPU_NR_CHUNK_TYPES").orElse(1);
        long lists = types * kernel.memory().u32(kernel.symbol("pcpu_nr_slots"));
        StructType chunk = kernel.struct("pcpu_chunk");
        long head = kernel.memory().word(kernel.symbol("pcpu_chunk_lists"));
        for (long i = 0; i < lists; i++) {
            Partial<Struct> chunks = Lists.entries(chunk, "list", head + i * 16);
            Assertions.assertTrue(chunks.isWhole(), chunks::toString);
            for (Struct each : chunks.items()) {
                chunk(each, perCpu.cpus());
            }
        }
    }

    private void chunk(Struct chunk, List<Integer> cpus) throws IOException {
        long offsets = kernel.memory().word(kernel.symbol("pcpu_unit_offsets"));
        long pages = chunk.number("nr_pages");
        long bits = chunk.addressOf("populated");
        for (long page = 0; page < pages; page++) {
            boolean populated = (kernel.memory().u8(bits + page / 8) >> page % 8 & 1) != 0;
            for (int cpu : populated ? cpus : List.<Integer>of()) {
                long unit = kernel.memory().word(offsets + 8L * cpu);
                add("per-CPU", chunk.number("base_addr") + unit + page * pageSize, pageSize);
            }
        }
    }

    private void tasks() throws IOException {
        StructType task = kernel.struct("task_struct");
        Struct init = kernel.variable("init_task", "task_struct");
        List<Struct> tasks = new ArrayList<>(List.of(init));
        for (Struct leader :
                whole(Lists.entries(task, "tasks", init.addressOf("tasks"))).items()) {
            long threads = leader.number("signal")
                    + kernel.struct("signal_struct").member("thread_head").offset();
            tasks.addAll(whole(Lists.entries(task, "thread_node", threads)).items());
        }
        PerCpu perCpu = PerCpu.of(kernel);
        for (int cpu : Bitmap.read(kernel.struct("cpumask", kernel.symbol("__cpu_online_mask")), "bits").stream()
                .boxed()
                .toList()) {
            tasks.add(perCpu.struct("runqueues", "rq", cpu).follow("idle").orElseThrow());
        }
        Assertions.assertTrue(tasks.size() > 20, tasks::toString);
        PageTables tables = new PageTables(vmcore, set("page table"));
        tables.walk(physical(kernel.symbol("init_top_pgt")));
        for (Struct each : tasks) {
            // Its last member is as large as the machine's registers (`arch_task_struct_size`), not as its type.
            add("task", each.address(), task.member("thread").offset());
            add("stack", each.number("stack"), STACK_SIZE);
            long mm = each.number("mm");
            if (mm != 0) {
                tables.walk(physical(kernel.struct("mm_struct", mm).number("pgd")));
            }
        }
    }

    private static <T> Partial<T> whole(Partial<T> partial) {
        Assertions.assertTrue(partial.isWhole(), partial::toString);
        return partial;
    }

    /// What is mapped in the vmalloc area, buffers of drivers too.
    private void vmalloc() throws IOException {
        long start = kernel.memory().word(kernel.symbol("vmalloc_base"));
        long direct = kernel.memory().word(kernel.symbol("page_offset_base"));
        BitSet pages = set("vmalloc");
        PageTables tables = new PageTables(vmcore, new BitSet());
        long root = physical(kernel.symbol("init_top_pgt"));
        // Documentation/arch/x86/x86_64/mm.rst
        long tebibytes = vmcore.info().number("pgtable_l5_enabled").orElse(0) == 0 ? 32 : 12_800;
        tables.leaves(
                root, start, start + (tebibytes << 40), (address, physical) -> pages.set((int) (physical / pageSize)));
        Assertions.assertTrue(start > direct);
        BitSet ram = ram();
        pages.and(ram);
    }

    private BitSet ram() throws IOException {
        BitSet ram = new BitSet();
        for (var range : vmcore.memory()) {
            ram.set((int) ((range.start() + pageSize - 1) / pageSize), (int) (range.end() / pageSize));
        }
        return ram;
    }

    private BitSet set(String what) {
        return found.computeIfAbsent(what, key -> new BitSet());
    }

    private long physical(long address) throws IOException {
        OptionalLong physical = translate(address);
        return physical.orElseThrow(() -> new IOException("0x" + Long.toHexString(address) + " is not mapped"));
    }

    private OptionalLong translate(long address) throws IOException {
        return kernel.memory().space().translate(address) instanceof Translation.Mapped mapped
                ? OptionalLong.of(mapped.physicalAddress())
                : OptionalLong.empty();
    }

    /// Adds all pages of a virtual range; each must be mapped, for it is in use.
    private void add(String what, long start, long size) throws IOException {
        Assertions.assertTrue(size >= 0 && size < ONE_GIB, () -> what + " of " + size + " bytes");
        for (long at = start & -pageSize; at < start + size; at += pageSize) {
            set(what).set((int) (physical(at) / pageSize));
        }
    }

    /// Every page in use is in the dump with the bytes that it has in the raw vmcore.
    ///
    /// @return how many pages were compared
    static long assertContained(Map<String, BitSet> live, Vmcore raw, Vmcore dump, String name) throws IOException {
        byte[] expected = new byte[raw.pageSize()];
        byte[] actual = new byte[raw.pageSize()];
        long compared = 0;
        for (Map.Entry<String, BitSet> kind : live.entrySet()) {
            for (int pfn = kind.getValue().nextSetBit(0);
                    pfn >= 0;
                    pfn = kind.getValue().nextSetBit(pfn + 1)) {
                long address = (long) pfn * raw.pageSize();
                String what = name + ": the " + kind.getKey() + " page at 0x" + Long.toHexString(address);
                Assertions.assertEquals(expected.length, raw.read(address, MemorySegment.ofArray(expected)), what);
                long read = dump.read(address, MemorySegment.ofArray(actual));
                if (read < actual.length) {
                    Assertions.fail(what + " is " + dump.presence(address));
                }
                Assertions.assertArrayEquals(expected, actual, what);
                compared++;
            }
        }
        return compared;
    }
}
