package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.vmcore.paging.PageEntry;

/// `kdump ptov`, `ptob`, `btop` and `pte`: one kind of address to another.
final class AddressCommand extends Verb {
    /// Where all memory is mapped in a kernel that does not put it elsewhere
    /// (Documentation/arch/x86/x86_64/mm.rst).
    private static final long DIRECT_MAP = 0xffff888000000000L;

    private static final long DIRECT_MAP_OF_FIVE_LEVELS = 0xff11000000000000L;

    /// What is translated.
    enum Kind {
        /// A physical address to the kernel's virtual one.
        PTOV("ptov", "Translate physical addresses to the kernel's virtual ones."),
        /// A page frame number to a physical address.
        PTOB("ptob", "Translate page frame numbers to physical addresses."),
        /// A physical address to a page frame number.
        BTOP("btop", "Translate physical addresses to page frame numbers."),
        /// A page table entry to its page and flags.
        PTE("pte", "Say what page table entries mean: the page's physical address, and flags.");

        private final String verb;
        private final String description;

        Kind(String verb, String description) {
            this.verb = verb;
            this.description = description;
        }

        String verb() {
            return verb;
        }
    }

    private final Kind kind;

    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> words = arguments(String.class, "NUMBER", "Hexadecimal, with 0x or without.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON: an array of objects.");

    AddressCommand(Kind kind) {
        super(kind.verb, kind.description);
        this.kind = kind;
    }

    @Override
    public Integer call() throws IOException {
        try (Kernel kernel = open(dump.get())) {
            List<Object> all = new ArrayList<>();
            if (!json.get()) {
                head();
            }
            for (String word : words.get()) {
                long number = hexadecimal(word);
                if (json.get()) {
                    all.add(fields(kernel, number));
                } else {
                    out().println(line(kernel, number));
                }
            }
            if (json.get()) {
                out().println(Json.of(all));
            }
            out().flush();
            return 0;
        }
    }

    private void head() {
        switch (kind) {
            case PTOV -> out().println("VIRTUAL           PHYSICAL");
            case PTE -> out().println("      PTE         PHYSICAL  FLAGS");
            case PTOB, BTOP -> {}
        }
    }

    private String line(Kernel kernel, long number) throws IOException {
        return switch (kind) {
            case PTOV -> "%x  %x".formatted(answer(kernel, number), number);
            case PTOB, BTOP -> "%x: %x".formatted(number, answer(kernel, number));
            case PTE -> PageTableText.entry(new PageEntry(number));
        };
    }

    private long answer(Kernel kernel, long number) throws IOException {
        return switch (kind) {
            case PTOV -> mapped(kernel, number);
            case PTOB -> number * kernel.vmcore().pageSize();
            case BTOP -> Long.divideUnsigned(number, kernel.vmcore().pageSize());
            case PTE -> new PageEntry(number).physicalAddress();
        };
    }

    /// Where the kernel has a physical address mapped.
    static long mapped(Kernel kernel, long physical) throws IOException {
        return physical + directMap(kernel);
    }

    /// `page_offset_base` where the kernel's memory is laid out at random (`CONFIG_RANDOMIZE_MEMORY`).
    private static long directMap(Kernel kernel) throws IOException {
        OptionalLong base = kernel.types().findSymbol("page_offset_base");
        if (base.isPresent()) {
            return kernel.memory().u64(base.getAsLong());
        }
        boolean five = kernel.vmcore().info().number("pgtable_l5_enabled").orElse(0) != 0;
        return five ? DIRECT_MAP_OF_FIVE_LEVELS : DIRECT_MAP;
    }

    /// `given`, `answer` (hexadecimal); of a page table entry `flags` too.
    private Map<String, Object> fields(Kernel kernel, long number) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("given", Json.address(number));
        fields.put("answer", Json.address(answer(kernel, number)));
        if (kind == Kind.PTE) {
            fields.put("flags", new PageEntry(number).flags());
        }
        return fields;
    }

    private long hexadecimal(String word) {
        try {
            return Long.parseUnsignedLong(word.startsWith("0x") ? word.substring(2) : word, 16);
        } catch (NumberFormatException notANumber) {
            throw misuse("'" + word + "' is no hexadecimal number");
        }
    }
}
