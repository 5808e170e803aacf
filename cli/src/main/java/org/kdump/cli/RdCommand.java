package org.kdump.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.memory.SlabNames;
import org.kdump.kernel.task.Task;
import org.kdump.kernel.task.UserMemory;
import org.kdump.vmcore.paging.VirtualMemory;

/// `kdump rd`: what is in memory.
final class RdCommand extends Verb {
    private static final int MOST = 1 << 26;
    private static final int TEXT_LINE = 60;

    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<String> start =
            argument(String.class, "ADDRESS|SYMBOL", "Where to begin (hexadecimal), or the name of a symbol.");

    private final Supplier<List<Integer>> counts = optionalArguments(
            Integer.class, "COUNT", "How many; 1 unless told, or all up to the end of the text with -a.");

    private final Supplier<Boolean> eight = flag("-8", "Bytes.");

    private final Supplier<Boolean> sixteen = flag("-16", "Numbers of 16 bits.");

    private final Supplier<Boolean> thirtyTwo = flag("-32", "Numbers of 32 bits.");

    private final Supplier<Boolean> sixtyFour = flag("-64", "Numbers of 64 bits; so unless told.");

    private final Supplier<Boolean> signed = flag("-d", "Signed decimal.");

    private final Supplier<Boolean> unsigned = flag("-D", "Unsigned decimal.");

    private final Supplier<Boolean> withoutText = flag("-x", "Do not print what is there as text too.");

    private final Supplier<Boolean> symbolic = flag("-s", "Print the names of what addresses of the kernel point to.");

    private final Supplier<boolean[]> slabs =
            repeatedFlag("-S", "As -s, and of addresses in slab caches the [cache]; -SS the address too.");

    private final Supplier<Boolean> reverse = flag("-R", "Up to ADDRESS, and with it.");

    private final Supplier<Boolean> inFile = flag("-f", "ADDRESS is an offset in the dump's file.");

    private final Supplier<Boolean> text = flag("-a", "Print text, up to its end.");

    private final Supplier<Boolean> swapped = flag("-N", "Numbers are in network byte order.");

    private final Supplier<Boolean> physical = flag("-p", "ADDRESS is physical.");

    private final Supplier<Boolean> user = flag("-u", "ADDRESS is of the task that crashed the machine.");

    private final Supplier<String> task = option(String.class, "-c", "PID|TASK", "ADDRESS is of this task.");

    private final Supplier<String> end = option(String.class, "-e", "ADDRESS", "Where to end.");

    private final Supplier<Long> offset = option(Long.class, "-o", "BYTES", "Begin so many bytes behind ADDRESS.", "0");

    private final Supplier<Path> raw = option(Path.class, "-r", "FILE", "Write the bytes to a new file instead.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON.");

    private Kernel kernel;

    RdCommand() {
        super(
                "rd",
                "Read memory.",
                "",
                "Exit status: 0, or 1 if some of it is not in the dump; what there is is printed.");
    }

    @Override
    public Integer call() throws IOException {
        try (Kernel opened = open(dump.get())) {
            kernel = opened;
            long given = (isNumber() ? number(start.get()) : kernel.address(start.get())) + offset.get();
            byte[] bytes = new byte[length(given)];
            long first = reverse.get() ? given - bytes.length + width() : given;
            int read = read(first, bytes);
            if (text.get() && counts.get().isEmpty() && end.get() == null) {
                read = textLength(bytes, read);
            }
            print(first, bytes, read);
            out().flush();
            if (read < bytes.length && !(text.get() && read > 0)) {
                err().println("kdump: " + missing(first + read));
                return Main.FAILED;
            }
            return 0;
        }
    }

    private static long number(String word) throws IOException {
        try {
            return Long.parseUnsignedLong(word.startsWith("0x") ? word.substring(2) : word, 16);
        } catch (NumberFormatException notANumber) {
            throw new IOException("'" + word + "' is no hexadecimal address");
        }
    }

    private int width() {
        return eight.get() || text.get() ? 1 : sixteen.get() ? 2 : thirtyTwo.get() ? 4 : 8;
    }

    private int length(long first) throws IOException {
        long length;
        if (end.get() != null) {
            length = (isNumber() ? number(end.get()) : kernel.address(end.get())) - first;
        } else if (counts.get().isEmpty()) {
            length = text.get() ? 4096 : width();
        } else if (raw.get() != null) {
            length = counts.get().getFirst();
        } else {
            length = (long) counts.get().getFirst() * width();
        }
        if (length <= 0 || length > MOST) {
            throw misuse("from 1 byte to " + MOST + " can be read, and not " + length);
        }
        return (int) length;
    }

    private boolean isNumber() {
        return physical.get() || inFile.get();
    }

    private int read(long first, byte[] bytes) throws IOException {
        if (inFile.get()) {
            try (FileChannel file = FileChannel.open(dump.get())) {
                return first < 0 ? 0 : Math.max(0, file.read(ByteBuffer.wrap(bytes), first));
            }
        }
        MemorySegment target = MemorySegment.ofArray(bytes);
        return (int) (physical.get() ? kernel.vmcore().read(first, target) : memory().read(first, target));
    }

    private VirtualMemory memory() throws IOException {
        if (!user.get() && task.get() == null) {
            return kernel.memory();
        }
        List<String> named = task.get() == null ? List.of() : List.of(task.get());
        List<Task> tasks = new NamedTasks(kernel).orPanic(named, new ArrayList<>());
        if (tasks.isEmpty()) {
            throw new IOException(task.get() + ": there is no such task");
        }
        return UserMemory.of(tasks.getFirst())
                .orElseThrow(() -> new IOException("a thread of the kernel has no user memory; -c names a task"));
    }

    private static int textLength(byte[] bytes, int read) {
        int length = 0;
        while (length < read && bytes[length] != 0) {
            length++;
        }
        return length;
    }

    private String missing(long address) throws IOException {
        if (inFile.get()) {
            return dump.get() + ": it has no offset " + Json.address(address);
        }
        return physical.get()
                ? "physical address " + Json.address(address) + ": "
                        + kernel.vmcore().presence(address)
                : memory().fault(address).orElse(Json.address(address) + " cannot be read");
    }

    private void print(long first, byte[] bytes, int read) throws IOException {
        if (raw.get() != null) {
            write(bytes, read);
        } else if (json.get()) {
            out().println(Json.of(fields(first, bytes, read)));
        } else if (text.get()) {
            for (int at = 0; at < read; at += TEXT_LINE) {
                out().println(MemoryText.place(first + at)
                        + MemoryText.printable(bytes, at, Math.min(read, at + TEXT_LINE)));
            }
        } else {
            text(first, bytes, read).lines().forEach(out()::println);
        }
    }

    private MemoryText text(long first, byte[] bytes, int read) throws IOException {
        boolean names = symbolic.get() || slabs.get().length > 0;
        MemoryText.Style style = signed.get()
                ? MemoryText.Style.SIGNED
                : unsigned.get() ? MemoryText.Style.UNSIGNED : MemoryText.Style.HEXADECIMAL;
        return new MemoryText(
                bytes,
                width(),
                read,
                first,
                swapped.get() ? ByteOrder.BIG_ENDIAN : kernel.vmcore().byteOrder(),
                style,
                names ? names() : word -> "",
                !withoutText.get() && !names && style == MemoryText.Style.HEXADECIMAL);
    }

    /// Of symbols, with -S of slab caches too.
    private LongFunction<String> names() throws IOException {
        SymbolText symbols = SymbolText.of(kernel);
        if (slabs.get().length == 0) {
            return symbols;
        }
        SlabNames caches = SlabNames.of(kernel.types());
        boolean withAddress = slabs.get().length > 1;
        return word -> {
            String symbol = symbols.apply(word);
            return symbol.isEmpty()
                    ? caches.find(word)
                            .map(name -> "[" + (withAddress ? Long.toHexString(word) + ":" : "") + name + "]")
                            .orElse("")
                    : symbol;
        };
    }

    /// Memory holds secrets: nobody else can read the file.
    private void write(byte[] bytes, int read) throws IOException {
        Files.createFile(raw.get(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (OutputStream file = Files.newOutputStream(raw.get(), StandardOpenOption.WRITE)) {
            file.write(bytes, 0, read);
        }
        out().println(read + " bytes are in " + raw.get());
    }

    /// `address`, `length` (bytes asked for), `bytes` (hexadecimal, those there are), `problem` (null if all
    /// are).
    private Map<String, Object> fields(long first, byte[] bytes, int read) throws IOException {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < read; i++) {
            all.append("%02x".formatted(bytes[i]));
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("address", Json.address(first));
        fields.put("length", bytes.length);
        fields.put("bytes", all.toString());
        fields.put("problem", read < bytes.length && !text.get() ? missing(first + read) : null);
        return fields;
    }
}
