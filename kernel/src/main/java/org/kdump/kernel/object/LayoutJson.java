package org.kdump.kernel.object;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.debuginfo.btf.CText;
import org.kdump.debuginfo.btf.MemberLocation;

/// The layout of a struct or union as JSON has it.
///
/// ```
/// { "type": "struct task_struct", "size": 9728, "members": [ MEMBER, … ] }
/// MEMBER: { "name", "type", "offset" (bytes), "size" (bytes; null where there is none) }, and of a bit-field
///         "bit_offset" and "bit_size", from the start of the struct
/// ```
///
/// Members of anonymous structs and unions are among those of the struct that holds them.
public final class LayoutJson {
    /// Structs in structs without names; the kernel's deepest are some five.
    private static final int DEEPEST = 32;
    /// Members of one answer.
    private static final int MOST = 1 << 17;

    private final Btf types;
    private final List<Map<String, Object>> members = new ArrayList<>();

    private LayoutJson(Btf types) {
        this.types = types;
    }

    /// Maps, lists, strings and numbers.
    ///
    /// @throws MalformedInputException if the types make no sense
    public static Map<String, Object> of(StructType type) {
        LayoutJson json = new LayoutJson(type.memory().types());
        json.add(type.id(), 0, 0);
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("type", type.toString());
        all.put("size", type.size());
        all.put("members", json.members);
        return all;
    }

    /// One member.
    ///
    /// @throws MalformedInputException if its type makes no sense
    public static Map<String, Object> of(Member member) {
        return new LayoutJson(member.owner().memory().types()).member(member.path(), member.place());
    }

    private void add(int id, long bitOffset, int depth) {
        if (!(types.type(types.resolve(id)) instanceof BtfType.Structure structure) || depth > DEEPEST) {
            return;
        }
        for (BtfType.Member member : structure.members()) {
            MemberLocation place =
                    new MemberLocation(member.type(), bitOffset + member.bitOffset(), member.bitFieldSize());
            if (member.name().isEmpty()) {
                add(member.type(), place.bitOffset(), depth + 1);
            } else if (members.size() < MOST) {
                members.add(member(member.name(), place));
            }
        }
    }

    private Map<String, Object> member(String name, MemberLocation place) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", name);
        json.put("type", CText.name(types, place.type()));
        json.put("offset", place.offset());
        json.put("size", types.size(place.type()));
        if (place.isBitField()) {
            json.put("bit_offset", place.bitOffset());
            json.put("bit_size", place.bitFieldSize());
        }
        return json;
    }
}
