package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.debuginfo.btf.CText;
import org.kdump.debuginfo.btf.MemberLocation;
import org.kdump.kernel.Expression;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.LayoutJson;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.Value;
import org.kdump.kernel.object.ValueJson;
import org.kdump.kernel.object.ValueReader;
import org.kdump.kernel.object.ValueText;

/// `kdump struct` and `kdump union`: how a struct is laid out, or what is in one.
final class StructCommand extends Verb {
    private static final int MOST = 1 << 16;

    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> words = arguments(
            String.class,
            "NAME[.MEMBER[,MEMBER...]] [ADDRESS[:CPUS] [COUNT]]",
            "The struct's name, members (a.b[3].c), and the address (hexadecimal) or symbol of one to print, of per-CPU"
                    + " ones with their CPUs (:0, :1,3-5, :a).");

    private final Supplier<Boolean> offsets =
            flag("-o", "Print the offset of each member, or its address where an address is given.");

    private final Supplier<String> link =
            option(String.class, "-l", "OFFSET|STRUCT.MEMBER", "ADDRESS is that of this member of the struct.");

    private final Supplier<Boolean> raw = flag("-r", "Print what is in memory, as rd does.");

    private final Supplier<Boolean> user = flag("-u", "ADDRESS is of the task that crashed the machine.");

    private final Supplier<Boolean> pointers = flag("-p", "Print also what members that are pointers point to.");

    private final Supplier<String> counted =
            option(String.class, "-c", "COUNT", "How many; of a negative one those up to ADDRESS.");

    private final Supplier<Boolean> hexadecimal = flag("-x", "Print integers in hexadecimal.");

    private final Supplier<Boolean> decimal = flag("-d", "Print integers in decimal; so unless told.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON.");

    /// The CPUs of per-CPU structs, by their addresses.
    private final Map<Long, Integer> cpus = new HashMap<>();

    StructCommand(String name) {
        super(
                name,
                "Print how a struct or union of the crashed kernel is laid out, or what is in one.",
                "",
                "Types are read from the dump itself (BTF): no debuginfo is needed.");
    }

    @Override
    public Integer call() throws IOException {
        List<String> given = words.get();
        if (given.size() > 3) {
            throw misuse("'" + given.get(3) + "' is too much: a name, an address and a count are all it takes");
        }
        try (Kernel kernel = open(dump.get())) {
            String[] name = given.getFirst().split("\\.", 2);
            StructType type = kernel.struct(name[0]);
            if (given.size() == 1) {
                out().println(layout(type, members(type, name)));
                out().flush();
                return 0;
            }
            StructType seen = user.get() ? inUserMemory(kernel, type) : type;
            return print(structs(kernel, seen, given), members(seen, name), kernel);
        }
    }

    private static StructType inUserMemory(Kernel kernel, StructType type) throws IOException {
        return new NamedTasks(kernel)
                .userMemory(type.memory())
                .structure(type.id())
                .orElseThrow();
    }

    private static List<Member> members(StructType type, String[] name) {
        List<Member> members = new ArrayList<>();
        for (String path : name.length == 1 ? new String[0] : name[1].split(",")) {
            members.add(type.member(path));
        }
        return members;
    }

    private int count(String text) {
        try {
            int count = Integer.parseInt(text);
            if (count != 0 && Math.abs((long) count) <= MOST) {
                return count;
            }
        } catch (NumberFormatException notANumber) {
            // Told below, as a number out of range is.
        }
        throw misuse("'" + text + "' is no count from 1 to " + MOST);
    }

    private List<Struct> structs(Kernel kernel, StructType type, List<String> given) throws IOException {
        int count = counted.get() != null ? count(counted.get()) : given.size() < 3 ? 1 : count(given.get(2));
        long before = link.get() == null ? 0 : EntriesVerb.offset(this, kernel, link.get());
        List<Struct> all = new ArrayList<>();
        for (long address : addresses(kernel, given.get(1))) {
            for (long i = Math.min(0, count + 1); i < Math.max(count, 1); i++) {
                all.add(type.at(address - before + i * type.size()));
            }
        }
        return all;
    }

    /// Where a word leads: one address, or one for each CPU that it names.
    private List<Long> addresses(Kernel kernel, String word) throws IOException {
        int colon = word.indexOf(':');
        if (colon < 0) {
            return List.of(kernel.address(word));
        }
        List<Long> all = new ArrayList<>();
        long variable = kernel.address(word.substring(0, colon));
        for (int cpu : Expression.cpus(kernel, word.substring(colon + 1))) {
            long address = kernel.perCpu().address(variable, cpu);
            cpus.put(address, cpu);
            all.add(address);
        }
        return all;
    }

    private String layout(StructType type, List<Member> members) {
        if (json.get()) {
            Map<String, Object> all = LayoutJson.of(type);
            if (!members.isEmpty()) {
                all.put("members", members.stream().map(LayoutJson::of).toList());
            }
            return Json.of(all);
        }
        boolean margin = offsets.get() || !members.isEmpty();
        return definition(type, members, margin ? new CText.Margin.Offsets() : new CText.Margin.None())
                + (members.isEmpty() ? "\nSIZE: " + type.size() : "");
    }

    private static String definition(StructType type, List<Member> members, CText.Margin margin) {
        Btf types = type.memory().types();
        if (members.isEmpty()) {
            return CText.definition(types, type.id(), margin);
        }
        SequencedMap<String, MemberLocation> places = new LinkedHashMap<>();
        members.forEach(member -> places.put(member.path(), member.place()));
        return CText.definition(types, type.id(), places, margin);
    }

    private int print(List<Struct> structs, List<Member> members, Kernel kernel) throws IOException {
        SymbolText symbols = SymbolText.of(kernel);
        List<Object> answers = new ArrayList<>();
        boolean complete = true;
        for (Struct struct : structs) {
            SequencedMap<String, Value> values = new LinkedHashMap<>();
            if (members.isEmpty()) {
                values.put(
                        "",
                        ValueReader.read(struct.type().memory(), struct.type().id(), struct.address()));
            }
            for (Member member : members) {
                values.put(member.path(), ValueReader.read(member, struct.address()));
            }
            complete &= values.values().stream().allMatch(Value::isWhole);
            answers.add(json.get() ? json(struct, values) : title(struct) + text(struct, members, values, symbols));
        }
        if (json.get()) {
            out().println(Json.of(answers));
        } else {
            answers.forEach(out()::println);
        }
        out().flush();
        return complete ? 0 : Main.FAILED;
    }

    private String title(Struct struct) {
        Integer cpu = cpus.get(struct.address());
        return cpu == null ? "" : "[" + cpu + "]: " + Long.toHexString(struct.address()) + "\n";
    }

    private String text(Struct struct, List<Member> members, SequencedMap<String, Value> values, SymbolText symbols)
            throws IOException {
        if (raw.get()) {
            byte[] bytes = struct.type().memory().memory().bytes(struct.address(), (int)
                    Math.min(struct.type().size(), 1 << 20));
            return String.join("\n", new MemoryText(bytes, 8, bytes.length, struct.address()).lines());
        }
        if (offsets.get()) {
            return definition(struct.type(), members, new CText.Margin.Addresses(struct.address()));
        }
        if (pointers.get()) {
            return new PointerText(struct, hexadecimal.get() && !decimal.get(), symbols).of(members);
        }
        if (members.isEmpty()) {
            return struct.type() + " " + text(values.firstEntry().getValue(), 0, symbols);
        }
        List<String> lines = new ArrayList<>();
        values.forEach((path, value) -> lines.add("  " + path + " = " + text(value, 1, symbols)));
        return String.join(",\n", lines);
    }

    private String text(Value value, int level, SymbolText symbols) {
        return ValueText.of(value, hexadecimal.get() && !decimal.get(), level, symbols);
    }

    /// `type`, `address`, `cpu` (null if it was not asked for one), `value`: the members by their names,
    /// nested as they are; with .MEMBER those by their paths.
    private Map<String, Object> json(Struct struct, SequencedMap<String, Value> values) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("type", struct.type().toString());
        json.put("address", Json.address(struct.address()));
        json.put("cpu", cpus.get(struct.address()));
        Map<String, Object> members = new LinkedHashMap<>();
        values.forEach((path, value) -> members.put(path, ValueJson.of(value)));
        json.put("value", Optional.ofNullable(members.get("")).orElse(members));
        return json;
    }
}
