package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.Value;
import org.kdump.kernel.object.ValueJson;
import org.kdump.kernel.object.ValueReader;
import org.kdump.kernel.object.ValueText;

/// Prints structs or some of their members, as crash's `-s NAME[.MEMBER,...]` does below each entry of a
/// list.
///
/// @param type the struct
/// @param members those to print; none for all
record StructPrinter(StructType type, List<Member> members, boolean hexadecimal, SymbolText symbols) {
    /// @param word `NAME[.MEMBER,...]`
    static StructPrinter of(Kernel kernel, String word, boolean hexadecimal) throws IOException {
        String[] name = word.split("\\.", 2);
        StructType type = kernel.struct(name[0]);
        List<Member> members = new ArrayList<>();
        for (String path : name.length == 1 ? new String[0] : name[1].split(",")) {
            // crash's list -s takes NAME.a,NAME.b too.
            members.add(type.member(path.startsWith(name[0] + ".") ? path.substring(name[0].length() + 1) : path));
        }
        return new StructPrinter(type, List.copyOf(members), hexadecimal, SymbolText.of(kernel));
    }

    /// A struct's lines.
    String text(long address) throws IOException {
        if (members.isEmpty()) {
            return type + " " + ValueText.of(whole(address), hexadecimal, 0, symbols);
        }
        List<String> lines = new ArrayList<>();
        for (Member member : members) {
            Value value = ValueReader.read(member, address);
            lines.add("  " + member.path() + " = " + ValueText.of(value, hexadecimal, 1, symbols) + ",");
        }
        return String.join("\n", lines);
    }

    /// The same as JSON.
    Map<String, Object> fields(long address) throws IOException {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("address", Json.address(address));
        if (members.isEmpty()) {
            fields.put("value", ValueJson.of(whole(address)));
        }
        for (Member member : members) {
            fields.put(member.path(), ValueJson.of(ValueReader.read(member, address)));
        }
        return fields;
    }

    private Value whole(long address) throws IOException {
        Struct struct = type.at(address);
        return ValueReader.read(struct.type().memory(), struct.type().id(), struct.address());
    }
}
