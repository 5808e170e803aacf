package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.debuginfo.btf.BtfKind;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.debuginfo.btf.CText;
import org.kdump.kernel.Kernel;
import org.kdump.kernel.json.Json;

/// `kdump whatis`: what a name of the kernel's source stands for.
final class WhatisCommand extends Verb {
    private static final int DEEPEST = 32;

    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> words =
            optionalArguments(String.class, "NAME...", "A type (struct x, pid_t), a function, a per-CPU variable.");

    private final Supplier<Boolean> offsets = flag("-o", "Print the offsets of members.");

    private final Supplier<String> sizes =
            option(String.class, "-r", "SIZE|LOW-HIGH", "Look for structs and unions of this size in bytes.");

    private final Supplier<String> member =
            option(String.class, "-m", "TYPE", "Look for structs that have a member of this type, or a pointer to it.");

    private final Supplier<Boolean> json = flag("--json", "Answer in JSON.");

    WhatisCommand() {
        super("whatis", "Say what a name of the crashed kernel stands for: a type, a function, a per-CPU variable.");
    }

    @Override
    public Integer call() throws IOException {
        boolean searches = sizes.get() != null || member.get() != null;
        if (searches != words.get().isEmpty()) {
            throw misuse("which name? Or -r and -m, which look for structs, and take none");
        }
        try (Kernel kernel = open(dump.get())) {
            return searches ? search(kernel) : tell(kernel, String.join(" ", words.get()));
        }
    }

    /// `name`, `size` (in bytes; null if it has none), `definition` (in C).
    private int tell(Kernel kernel, String name) throws IOException {
        Btf types = kernel.types().types();
        OptionalInt id = find(types, name);
        if (id.isEmpty()) {
            boolean isSymbol = kernel.types().findSymbol(name).isPresent();
            throw new IOException(
                    isSymbol
                            ? name + " is a symbol; a kernel's BTF has types of functions and per-CPU variables only"
                            : "the kernel's types have no '" + name + "'");
        }
        String text = text(types, id.getAsInt());
        if (json.get()) {
            OptionalLong size = types.size(id.getAsInt());
            text = Json.of(
                    Table.row("name", name, "size", size.isPresent() ? size.getAsLong() : null, "definition", text));
        }
        out().println(text);
        out().flush();
        return 0;
    }

    /// `size`, `name`.
    private int search(Kernel kernel) throws IOException {
        long[] range = range();
        Btf types = kernel.types().types();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int id = types.firstId(); id < types.endId(); id++) {
            boolean isStruct = types.is(id, BtfKind.STRUCT) || types.is(id, BtfKind.UNION);
            if (isStruct && !types.name(id).isEmpty()) {
                long size = types.size(id).orElse(0);
                if (size >= range[0] && size <= range[1] && (member.get() == null || hasMember(types, id, 0))) {
                    rows.add(Table.row("size", size, "name", types.name(id)));
                }
            }
        }
        rows.sort(Comparator.comparing((Map<String, Object> row) -> (Long) row.get("size"))
                .thenComparing(row -> row.get("name").toString()));
        if (json.get()) {
            out().println(Json.of(rows));
        } else {
            Table.print(rows, out());
        }
        out().flush();
        return rows.isEmpty() ? Main.FAILED : 0;
    }

    private long[] range() {
        if (sizes.get() == null) {
            return new long[] {0, Long.MAX_VALUE};
        }
        String[] ends = sizes.get().split("-", 2);
        try {
            long low = Long.decode(ends[0]);
            return new long[] {low, ends.length == 1 ? low : Long.decode(ends[1])};
        } catch (NumberFormatException notANumber) {
            throw misuse("-r " + sizes.get() + ": a size is a number of bytes, or two with a hyphen between them");
        }
    }

    /// Members of what is within count too.
    private boolean hasMember(Btf types, int id, int depth) {
        if (depth > DEEPEST || !(types.type(id) instanceof BtfType.Structure structure)) {
            return false;
        }
        for (BtfType.Member each : structure.members()) {
            if (CText.declaration(types, each.type(), "").contains(member.get())) {
                return true;
            }
            int inner = types.resolve(each.type());
            if (types.is(inner, BtfKind.STRUCT) || types.is(inner, BtfKind.UNION)) {
                if (hasMember(types, inner, depth + 1)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static OptionalInt find(Btf types, String name) {
        OptionalInt id = types.find(name);
        id = id.isPresent() ? id : types.find(BtfKind.FUNC, name);
        return id.isPresent() ? id : types.find(BtfKind.VAR, name);
    }

    private String text(Btf types, int id) {
        CText.Margin margin = offsets.get() ? new CText.Margin.Offsets() : new CText.Margin.None();
        return switch (types.type(id)) {
            case BtfType.Typedef typedef ->
                "typedef " + CText.declaration(types, typedef.target(), typedef.name()) + ";" + size(types, id);
            case BtfType.Function _, BtfType.Variable _ -> CText.definition(types, id, new CText.Margin.None()) + ";";
            default -> CText.definition(types, id, margin) + size(types, id);
        };
    }

    private static String size(Btf types, int id) {
        OptionalLong size = types.size(id);
        return size.isPresent() ? "\nSIZE: " + size.getAsLong() : "";
    }
}
