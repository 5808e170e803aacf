package org.kdump.kernel.device;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.kdump.debuginfo.btf.BtfKind;
import org.kdump.debuginfo.btf.BtfType;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;

/// What the kernel does after interrupts (`softirq_vec`, kernel/softirq.c); crash calls it a bottom half.
///
/// @param number its number
/// @param name as the kernel's enum has it, without `_SOFTIRQ`; empty if it has none
/// @param action the address of what is called; 0 if nobody has it
public record SoftInterrupt(int number, String name, long action) {
    private static final String SUFFIX = "_SOFTIRQ";
    private static final int MOST = 64;

    /// All of them.
    ///
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static List<SoftInterrupt> all(TypedMemory kernel) throws IOException {
        StructType type = kernel.struct("softirq_action");
        long table = kernel.symbol("softirq_vec");
        long count = Math.clamp(kernel.enumerator("NR_SOFTIRQS"), 0, MOST);
        List<SoftInterrupt> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long action = type.at(table + i * type.size()).number("action");
            all.add(new SoftInterrupt(i, name(kernel, i), action));
        }
        return all;
    }

    /// The enum is anonymous; the name of one of its values leads to it.
    private static String name(TypedMemory kernel, int number) {
        for (int id = kernel.types().firstId(); id < kernel.types().endId(); id++) {
            if (kernel.types().is(id, BtfKind.ENUM)
                    && kernel.types().name(id).isEmpty()
                    && kernel.types().type(id) instanceof BtfType.Enumeration names
                    && names.values().stream().anyMatch(value -> value.name().equals("NR" + SUFFIX + "S"))) {
                return names.values().stream()
                        .filter(value -> value.value() == number && value.name().endsWith(SUFFIX))
                        .map(value -> value.name().substring(0, value.name().length() - SUFFIX.length()))
                        .findFirst()
                        .orElse("");
            }
        }
        return "";
    }
}
