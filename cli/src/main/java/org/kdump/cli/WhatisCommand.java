package org.kdump.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.kdump.debuginfo.btf.Btf;
import org.kdump.debuginfo.btf.BtfKind;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.debuginfo.btf.CText;
import org.kdump.kernel.Kernel;

/// `kdump whatis`: what a name of the kernel's source stands for.
final class WhatisCommand extends Verb {
    private final Supplier<Path> dump = argument(Path.class, "DUMP", "A dump of any format, or /proc/vmcore.");

    private final Supplier<List<String>> words =
            arguments(String.class, "NAME...", "A type (struct x, pid_t), a function, a per-CPU variable.");

    WhatisCommand() {
        super("whatis", "Say what a name of the crashed kernel stands for: a type, a function, a per-CPU variable.");
    }

    @Override
    public Integer call() throws IOException {
        String name = String.join(" ", words.get());
        try (Kernel kernel = open(dump.get())) {
            Btf types = kernel.types().types();
            OptionalInt id = find(types, name);
            if (id.isEmpty()) {
                throw new IOException("the kernel's types have no '" + name + "'");
            }
            out().println(text(types, id.getAsInt()));
            out().flush();
            return 0;
        }
    }

    private static OptionalInt find(Btf types, String name) {
        OptionalInt id = types.find(name);
        id = id.isPresent() ? id : types.find(BtfKind.FUNC, name);
        return id.isPresent() ? id : types.find(BtfKind.VAR, name);
    }

    private static String text(Btf types, int id) {
        return switch (types.type(id)) {
            case BtfType.Typedef typedef ->
                "typedef " + CText.declaration(types, typedef.target(), typedef.name()) + ";" + size(types, id);
            case BtfType.Function _, BtfType.Variable _ -> CText.definition(types, id, new CText.Margin.None()) + ";";
            default -> CText.definition(types, id, new CText.Margin.None()) + size(types, id);
        };
    }

    private static String size(Btf types, int id) {
        OptionalLong size = types.size(id);
        return size.isPresent() ? "\nSIZE: " + size.getAsLong() : "";
    }
}
