package org.kdump.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.debuginfo.btf.CText;
import org.kdump.kernel.object.Member;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.Value;
import org.kdump.kernel.object.ValueReader;
import org.kdump.kernel.object.ValueText;

/// Prints members of a struct, and below each pointer its type and what it points to, as crash's `struct -p`
/// does.
record PointerText(Struct struct, boolean hexadecimal, SymbolText symbols) {
    /// @param members those to print; none for all
    String of(List<Member> members) throws IOException {
        List<Member> all = new ArrayList<>(members);
        Btf types = struct.type().memory().types();
        if (all.isEmpty() && types.type(struct.type().id()) instanceof BtfType.Structure structure) {
            for (BtfType.Member member : structure.members()) {
                struct.type().find(member.name()).ifPresent(all::add);
            }
        }
        List<String> lines = new ArrayList<>();
        for (Member member : all) {
            Value value = ValueReader.read(member, struct.address());
            boolean isPointer = value instanceof Value.Pointer;
            String type = isPointer
                    ? "(" + CText.declaration(types, member.place().type(), "").strip() + ") "
                    : "";
            lines.add("  " + member.path() + " = " + type + ValueText.of(value, hexadecimal, 1, symbols));
            if (value instanceof Value.Pointer pointer && pointer.address() != 0) {
                lines.addAll(target(types, member, pointer.address()));
            }
        }
        return String.join("\n", lines);
    }

    private List<String> target(Btf types, Member member, long address) throws IOException {
        if (!(types.type(types.resolve(member.place().type())) instanceof BtfType.Pointer pointer)
                || types.size(pointer.target()).isEmpty()) {
            return List.of();
        }
        Value value = ValueReader.read(struct.type().memory(), pointer.target(), address);
        return List.of("  -> " + ValueText.of(value, hexadecimal, 1, symbols));
    }
}
