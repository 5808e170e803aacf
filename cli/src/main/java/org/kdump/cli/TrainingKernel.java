package org.kdump.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.kdump.elf.ByteSink;
import org.kdump.elf.ElfClass;
import org.kdump.elf.ElfCoreHeaders;
import org.kdump.elf.ElfHeader;
import org.kdump.elf.Note;
import org.kdump.elf.ProgramHeader;

/// A kernel that is as little as one can be and still has symbols, types, unwind tables and tasks: `init`,
/// which
/// sleeps, and the idle task, which crashed. What the build trains the ahead-of-time cache with, and what
/// tests run
/// verbs on.
///
/// ```
/// physical 0x1000 page tables | 0x10000 functions, 256 bytes each | 0x20000 kallsyms | 0x30000 BTF | 0x40000
/// ORC
///          0x50000 variables | 0x60000 tasks, 64 KiB each: task_struct, signal_struct, at the end the stack
///          0x90000 mem_map, struct page of 64 bytes | 0x98000 pglist_data with one zone
/// ```
final class TrainingKernel {
    private static final long BASE = 0xffffffff80000000L;
    private static final int SIZE = 1 << 20;
    private static final int PAGE = 4096;
    private static final int TABLES = 0x1000;
    private static final int TEXT = 0x10000;
    private static final int FUNCTION = 0x100;
    private static final int SYMBOLS = 0x20000;
    private static final int TYPES = 0x30000;
    private static final int UNWIND = 0x40000;
    private static final int VARIABLES = 0x50000;
    private static final int TASKS = 0x60000;
    private static final int TASK = 0x10000;
    private static final int SIGNAL = 0x1000;
    private static final int STACK = 0xc000;
    private static final int POINTER = 0x3000;
    private static final int PAGES = 0x90000;
    private static final int NODE = 0x98000;
    private static final int FIRST_FREE = 0xa0;
    private static final int FREE = 0x60;
    private static final String PAGE_LAYOUT = """
            SIZE(page)=64
            OFFSET(page.flags)=0
            OFFSET(page.compound_head)=8
            OFFSET(page.mapping)=24
            OFFSET(page.private)=40
            OFFSET(page._mapcount)=48
            NUMBER(PG_lru)=4
            NUMBER(PG_private)=5
            NUMBER(PG_slab)=6
            NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129
            LENGTH(zone.free_area)=11
            OFFSET(pglist_data.nr_zones)=0
            OFFSET(pglist_data.node_zones)=64
            SIZE(zone)=64
            OFFSET(zone.vm_stat)=8
            NUMBER(NR_FREE_PAGES)=0
            """;
    private static final String STRUCTS = """
            list_head 16: next ptr 0, prev ptr 8
            orc_entry 6: sp_offset s16 0, bp_offset s16 2, sp_reg u8:4 32, bp_reg u8:4 36, type u8:3 40, signal u8:1 43
            cpumask 8: bits long[1] 0
            thread_struct 8: sp long 0
            thread_info 8: flags int 0, cpu int 4
            signal_struct 16: thread_head list_head 0
            task_struct 128: thread_info thread_info 0, __state int 8, exit_state int 12, stack ptr 16, pid int 24, tgid int 28, comm char[16] 32, \
            tasks list_head 48, thread_node list_head 64, signal signal_struct* 80, mm ptr 88, thread thread_struct 96, parent task_struct* 104, group_leader task_struct* 112
            inactive_task_frame 56: r15 long 0, bp long 40, ret_addr long 48
            rq 16: idle task_struct* 8
            module 64: list list_head 0
            """;

    private final ByteBuffer memory = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    private final TreeMap<Integer, String> symbols = new TreeMap<>();
    private final Map<String, Integer> info = new LinkedHashMap<>();
    private final List<int[]> unwind = new ArrayList<>();

    private TrainingKernel() {
        memory.putLong(TABLES + 511 * Long.BYTES, TABLES + 0x1000 | 1);
        memory.putLong(TABLES + 0x1000 + 510 * Long.BYTES, 0x81);
        functions();
        tasks();
        variables();
        pages();
        tables();
    }

    /// Writes it as an ELF core.
    static Path write(Path file) throws IOException {
        TrainingKernel kernel = new TrainingKernel();
        ByteSink notes = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        Note.write(notes, "CORE", Note.NT_PRSTATUS, kernel.registers());
        Note.write(notes, "VMCOREINFO", 0, kernel.information().getBytes(StandardCharsets.US_ASCII));
        long start = ElfCoreHeaders.size(ElfClass.ELF64, 3);
        byte[] headers = ElfCoreHeaders.encode(
                ElfClass.ELF64,
                ByteOrder.LITTLE_ENDIAN,
                ElfHeader.EM_X86_64,
                List.of(
                        new ProgramHeader(ProgramHeader.PT_NOTE, 0, start, 0, 0, notes.size(), notes.size(), 4),
                        load(0, TABLES),
                        load(TABLES, SIZE - TABLES)));
        ByteSink core = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        core.bytes(headers).bytes(notes.toByteArray()).align(4096).bytes(kernel.memory.array());
        return Files.write(file, core.toByteArray());
    }

    private static ProgramHeader load(int address, int size) {
        return new ProgramHeader(ProgramHeader.PT_LOAD, 7, PAGE + address, 0, address, size, size, 0);
    }

    private String information() {
        StringBuilder text = new StringBuilder("OSRELEASE=0\nPAGESIZE=4096\nNUMBER(phys_base)=0\n").append(PAGE_LAYOUT);
        info.forEach((name, place) ->
                text.append("SYMBOL(%s)=%x%n".formatted(name, BASE + place).replace("\r", "")));
        return text.toString();
    }

    /// Each a caller of the one before it, which has its return address behind a word on the stack.
    private void functions() {
        String[] names = {"_stext", "panic", "schedule", "kthread", "ret_from_fork", "_etext"};
        for (int i = 0; i < names.length; i++) {
            int place = TEXT + i * FUNCTION;
            symbols.put(place, "T" + names[i]);
            boolean last = names[i].equals("ret_from_fork");
            unwind.add(new int[] {place, i == 1 || i == 0 ? 8 : 16, last ? 1 : 2});
        }
    }

    private static int inside(int function) {
        return TEXT + function * FUNCTION + 0x40;
    }

    private void tasks() {
        for (int i = 0; i < 2; i++) {
            int task = TASKS + i * TASK;
            int signal = task + SIGNAL;
            int sp = task + STACK + POINTER;
            memory.putInt(task + 8, i).putLong(task + 16, BASE + task + STACK).putInt(task + 24, i);
            memory.put(task + 32, (i == 0 ? "swapper/0" : "init").getBytes(StandardCharsets.US_ASCII));
            memory.putLong(task + 48, BASE + TASKS + (1 - i) * TASK + 48);
            memory.putLong(task + 64, BASE + signal).putLong(signal, BASE + task + 64);
            memory.putLong(task + 80, BASE + signal).putLong(task + 96, BASE + sp);
            memory.putLong(task + 104, BASE + TASKS).putLong(task + 112, BASE + task);
            memory.putInt(task + 28, i);
            int frames = sp + 48;
            memory.putLong(frames, BASE + inside(2)).putLong(frames + 16, BASE + inside(3));
            memory.putLong(frames + 32, BASE + inside(4));
        }
        symbols.put(TASKS, "Dinit_task");
    }

    private void variables() {
        Map<String, Long> values = new LinkedHashMap<>();
        values.put("__per_cpu_offset", 0L);
        values.put("__cpu_possible_mask", 1L);
        values.put("__cpu_online_mask", 1L);
        values.put("current_task", BASE + TASKS);
        values.put("crashing_cpu", 0L);
        values.put("modules", BASE + VARIABLES + 5 * Long.BYTES);
        values.put("runqueues", 0L);
        values.put("idle_of_runqueues", BASE + TASKS);
        values.put("mem_map", BASE + PAGES);
        int place = VARIABLES;
        for (Map.Entry<String, Long> variable : values.entrySet()) {
            symbols.put(place, "D" + variable.getKey());
            memory.putLong(place, variable.getValue());
            place += Long.BYTES;
        }
        info.put("swapper_pg_dir", TABLES);
        info.put("_stext", TEXT);
        info.put("mem_map", VARIABLES + List.copyOf(values.keySet()).indexOf("mem_map") * Long.BYTES);
    }

    /// Of slab, of files, of processes and the kernel's own; the last third is free.
    private void pages() {
        for (int page = 0; page < SIZE / PAGE; page++) {
            int place = PAGES + page * 64;
            boolean used = page < FIRST_FREE && page > PAGES / PAGE + 10;
            long flags = page < PAGES / PAGE + 10 ? 0 : used ? 1 << 4 : 0;
            memory.putLong(place, page == TASKS / PAGE ? 1 << 6 : flags)
                    .putLong(place + 24, used && page % 2 == 0 ? 1 : 0)
                    .putInt(place + 48, page >= FIRST_FREE ? -129 : -1);
        }
        memory.putInt(NODE, 1).putLong(NODE + 64 + 8, FREE);
        info.put("contig_page_data", NODE);
    }

    private void tables() {
        place(TYPES, "__start_BTF", TypesBlob.of(STRUCTS), "__stop_BTF");
        ByteSink entries = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        ByteSink instructions = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        for (int[] entry : unwind) {
            // The stack pointer is register 5, as it was when types had 3 bits.
            entries.u16(entry[1]).u16(0).u8(5).u8(entry[2]);
            instructions.u32(entry[0] - (UNWIND + 0x1000L + instructions.size()));
        }
        place(UNWIND, "__start_orc_unwind", entries.toByteArray(), "__stop_orc_unwind");
        place(UNWIND + 0x1000, "__start_orc_unwind_ip", instructions.toByteArray(), "__stop_orc_unwind_ip");
        symbols.put(TEXT + 0x1000, "T_sinittext");
        symbols.put(TEXT + 0x1001, "T_einittext");
        kallsyms();
    }

    private void place(int place, String start, byte[] bytes, String end) {
        symbols.put(place, "R" + start);
        symbols.put(place + bytes.length, "R" + end);
        memory.put(place, bytes);
    }

    /// Names of which each character is a token (scripts/kallsyms.c).
    private void kallsyms() {
        ByteSink sink = new ByteSink(ByteOrder.LITTLE_ENDIAN);
        table("num_syms", sink).u32(symbols.size());
        table("names", sink);
        symbols.values().forEach(name -> sink.u8(name.length()).bytes(name.getBytes(StandardCharsets.US_ASCII)));
        table("token_table", sink);
        for (int token = 0; token < 256; token++) {
            sink.u8(token < 128 ? token : 0).u8(0);
        }
        table("token_index", sink);
        for (int token = 0; token < 256; token++) {
            sink.u16(token * 2);
        }
        table("offsets", sink);
        symbols.keySet().forEach(sink::u32);
        table("relative_base", sink).u64(BASE);
        memory.put(SYMBOLS, sink.toByteArray());
    }

    private ByteSink table(String name, ByteSink sink) {
        sink.align(Long.BYTES);
        info.put("kallsyms_" + name, SYMBOLS + sink.size());
        return sink;
    }

    /// Those of the idle task, in `panic`, which `schedule` called.
    private byte[] registers() {
        int sp = TASKS + STACK + POINTER + 40;
        ByteBuffer status = ByteBuffer.allocate(336).order(ByteOrder.LITTLE_ENDIAN);
        memory.putLong(sp, BASE + inside(2)).putLong(sp + 16, BASE + inside(3)).putLong(sp + 32, BASE + inside(4));
        status.putLong(112 + 16 * Long.BYTES, BASE + inside(1)).putLong(112 + 17 * Long.BYTES, 0x10);
        return status.putLong(112 + 19 * Long.BYTES, BASE + sp).array();
    }
}
