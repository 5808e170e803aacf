package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.debuginfo.btf.CText;
import org.kdump.debuginfo.btf.MemberLocation;
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
            "NAME[.MEMBER[,MEMBER...]] [ADDRESS [COUNT]]",
            "The struct's name, members (a.b[3].c), and the address (hexadecimal) or symbol of one to print.");

    private final Supplier<Boolean> offsets =
            flag("-o", "Print the offset of each member, or its address where an address is given.");

    private final Supplier<Boolean> hexadecimal = flag("-x", "Print integers in hexadecimal.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON.");

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
            List<Member> members = members(type, name);
            if (given.size() == 1) {
                out().println(layout(type, members));
                out().flush();
                return 0;
            }
            long first = kernel.address(given.get(1));
            return print(structs(type, first, given.size() < 3 ? 1 : count(given.get(2))), members, kernel);
        }
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
            if (count > 0 && count <= MOST) {
                return count;
            }
        } catch (NumberFormatException notANumber) {
            // Told below, as a number out of range is.
        }
        throw misuse("'" + text + "' is no count from 1 to " + MOST);
    }

    private static List<Struct> structs(StructType type, long first, int count) {
        List<Struct> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(type.at(first + i * type.size()));
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
            answers.add(json.get() ? json(struct, values) : text(struct, members, values, symbols));
        }
        if (json.get()) {
            out().println(Json.of(answers));
        } else {
            answers.forEach(out()::println);
        }
        out().flush();
        return complete ? 0 : Main.FAILED;
    }

    private String text(Struct struct, List<Member> members, SequencedMap<String, Value> values, SymbolText symbols) {
        if (offsets.get()) {
            return definition(struct.type(), members, new CText.Margin.Addresses(struct.address()));
        }
        if (members.isEmpty()) {
            return struct.type() + " " + text(values.firstEntry().getValue(), 0, symbols);
        }
        List<String> lines = new ArrayList<>();
        values.forEach((path, value) -> lines.add("  " + path + " = " + text(value, 1, symbols)));
        return String.join(",\n", lines);
    }

    private String text(Value value, int level, SymbolText symbols) {
        return ValueText.of(value, hexadecimal.get(), level, symbols);
    }

    private static Map<String, Object> json(Struct struct, SequencedMap<String, Value> values) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("type", struct.type().toString());
        json.put("address", Json.address(struct.address()));
        Map<String, Object> members = new LinkedHashMap<>();
        values.forEach((path, value) -> members.put(path, ValueJson.of(value)));
        json.put("value", Optional.ofNullable(members.get("")).orElse(members));
        return json;
    }
}
