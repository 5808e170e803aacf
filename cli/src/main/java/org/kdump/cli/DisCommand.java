package org.kdump.cli;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.kdump.debuginfo.kallsyms.SymbolPlace;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.symbol.SymbolTables;
import org.kdump.kernel.task.UserMemory;
import org.kdump.syscall.Disassembler;
import org.kdump.syscall.Instruction;
import org.kdump.vmcore.paging.VirtualMemory;

/// `kdump dis`: machine code, as it was when the machine crashed.
final class DisCommand extends Verb {
    private static final int LONGEST_INSTRUCTION = 15;
    private static final int MOST_BYTES = 1 << 22;
    private static final int MOST = MOST_BYTES / LONGEST_INSTRUCTION;

    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<String> start = argument(
            String.class, "ADDRESS|SYMBOL[+OFFSET]", "Where to begin (hexadecimal; an OFFSET is decimal or 0x...).");

    private final Supplier<List<Integer>> counts = optionalArguments(
            Integer.class, "COUNT", "How many instructions; all of a function unless told, if ADDRESS is its first.");

    private final Supplier<Boolean> reverse = flag("-r", "From the start of the function up to ADDRESS.");

    private final Supplier<Boolean> forward = flag("-f", "From ADDRESS to the end of the function.");

    private final Supplier<Boolean> user = flag("-u", "ADDRESS is of the task that crashed the machine.");

    private final Supplier<Boolean> lines =
            flag("-l -s", "Not possible: source lines are in no dump, they need debuginfo.");

    private final Supplier<Boolean> hexadecimal = flag("-x", "Offsets in hexadecimal.");

    private final Supplier<Boolean> decimal = flag("-d", "Offsets in decimal; so unless told.");

    private final Supplier<Boolean> intel = flag("--intel", "Write operands as Intel does, the target first.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON: an array of instructions.");

    DisCommand() {
        super(
                "dis",
                "Disassemble code, as it was in memory: with what was patched into it while the kernel ran.",
                "",
                "Lines of the source (crash's -l and -s) are not known: no dump holds them.",
                "Exit status: 0, or 1 if some of the code is not in the dump; what there is is printed.");
    }

    @Override
    public Integer call() throws IOException {
        if (lines.get()) {
            err().println("kdump: source lines are not in the dump, they need debuginfo; instructions follow without");
        }
        if (reverse.get() && forward.get()) {
            throw misuse("-r and -f exclude each other");
        }
        try (Kernel kernel = open(dump.get());
                Disassembler disassembler = Disassembler.open(intel.get())) {
            SymbolTables symbols = kernel.symbols();
            Range range = user.get() ? new Range(address(symbols), 0) : range(symbols, address(symbols));
            byte[] code = new byte[range.bytes(count(range))];
            VirtualMemory memory = memory(kernel);
            int read = (int) memory.read(range.from(), MemorySegment.ofArray(code));
            List<Instruction> instructions =
                    disassembler
                            .decode(Arrays.copyOf(code, read), range.from(), reverse.get() ? MOST : count(range))
                            .stream()
                            .filter(range::includes)
                            .toList();
            List<Instruction> wanted = range.length() == 0 ? instructions : withoutPadding(instructions);
            // As many as are asked for: the last ones up to the address, or the first ones from it on.
            int many = counts.get().isEmpty()
                    ? wanted.size()
                    : Math.min(wanted.size(), counts.get().getFirst());
            int skipped = reverse.get() ? wanted.size() - many : 0;
            print(wanted.subList(skipped, skipped + many), code, range.from(), symbols);
            if (read < Math.max(1, range.length())) {
                long missing = range.from() + read;
                err().println("kdump: " + memory.fault(missing).orElse(Json.address(missing) + " cannot be read"));
                return Main.FAILED;
            }
            return 0;
        }
    }

    /// A symbol reaches up to the next, and what aligns that is no part of the function.
    private static List<Instruction> withoutPadding(List<Instruction> instructions) {
        int end = instructions.size();
        while (end > 1 && instructions.get(end - 1).name().startsWith("nop")) {
            end--;
        }
        return instructions.subList(0, end);
    }

    /// What is printed.
    ///
    /// @param from the first instruction's address
    /// @param length in bytes; 0 if a count of instructions ends it
    private record Range(long from, long length) {
        int bytes(int count) {
            long bytes = length == 0 ? (long) count * LONGEST_INSTRUCTION : length + LONGEST_INSTRUCTION - 1;
            return (int) Math.min(bytes, MOST_BYTES);
        }

        boolean includes(Instruction instruction) {
            return length == 0 || Long.compareUnsigned(instruction.address() - from, length) < 0;
        }
    }

    private int count(Range range) throws IOException {
        if (!counts.get().isEmpty()) {
            int count = counts.get().getFirst();
            if (count < 1 || count > MOST) {
                throw misuse("from 1 to " + MOST + " instructions can be printed, and not " + count);
            }
            return count;
        }
        return range.length() == 0 ? 1 : MOST;
    }

    private Range range(SymbolTables symbols, long address) throws IOException {
        Optional<SymbolPlace> function = symbols.nearest(address).filter(place -> place.offset() < place.size());
        if (function.isEmpty()) {
            if (reverse.get() || forward.get()) {
                throw new IOException(Json.address(address) + " is in no function");
            }
            return new Range(address, 0);
        }
        long offset = function.get().offset();
        long size = function.get().size();
        if (reverse.get()) {
            // Up to and with the instruction that begins at the address.
            return new Range(address - offset, offset + 1);
        }
        boolean isWhole = forward.get() || offset == 0 && counts.get().isEmpty();
        return new Range(address, isWhole ? size - offset : 0);
    }

    private long address(SymbolTables symbols) throws IOException {
        // crash takes expressions, in parentheses.
        String[] words = start.get().replaceAll("^\\(|\\)$", "").split("\\+", 2);
        List<SymbolPlace> places = symbols.find(words[0]);
        long base = places.isEmpty()
                ? hexadecimal(words[0])
                : places.getFirst().symbol().address();
        try {
            return words.length == 1 ? base : base + Long.decode(words[1]);
        } catch (NumberFormatException notANumber) {
            throw new IOException(
                    "'" + words[1] + "' is no offset: a number, or a hexadecimal one with 0x", notANumber);
        }
    }

    private static long hexadecimal(String word) throws IOException {
        try {
            return Long.parseUnsignedLong(word.startsWith("0x") ? word.substring(2) : word, 16);
        } catch (NumberFormatException notANumber) {
            throw new IOException("'" + word + "' is no hexadecimal address, and no symbol is called so", notANumber);
        }
    }

    private VirtualMemory memory(Kernel kernel) throws IOException {
        if (!user.get()) {
            return kernel.memory();
        }
        return UserMemory.of(new NamedTasks(kernel)
                        .orPanic(List.of(), new ArrayList<>())
                        .getFirst())
                .orElseThrow(() -> new IOException("the task that crashed the machine has no user memory"));
    }

    private void print(List<Instruction> instructions, byte[] code, long from, SymbolTables symbols)
            throws IOException {
        List<Map<String, Object>> all = new ArrayList<>();
        boolean hex = hexadecimal.get() && !decimal.get();
        for (Instruction instruction : instructions) {
            int at = (int) (instruction.address() - from);
            byte[] bytes = Arrays.copyOfRange(code, at, at + instruction.length());
            CodeLine line = new CodeLine(instruction, bytes, symbols, hex);
            if (json.get()) {
                all.add(line.fields());
            } else {
                out().println(line.text());
            }
        }
        if (json.get()) {
            out().println(Json.of(all));
        }
        out().flush();
    }
}
