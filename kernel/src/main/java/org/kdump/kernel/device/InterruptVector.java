package org.kdump.kernel.device;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;

/// An entry of x86's interrupt descriptor table (`idt_table`, arch/x86/kernel/idt.c).
///
/// @param number the vector
/// @param handler the address of the code that it enters
public record InterruptVector(int number, long handler) {
    private static final int VECTORS = 256;

    /// All of them.
    ///
    /// @throws MalformedInputException if the kernel's types or symbols lack what is needed
    /// @throws IOException if the dump cannot be read
    public static List<InterruptVector> all(TypedMemory kernel) throws IOException {
        StructType gate = kernel.struct("gate_struct");
        long table = kernel.symbol("idt_table");
        List<InterruptVector> all = new ArrayList<>();
        for (int i = 0; i < VECTORS; i++) {
            Struct entry = gate.at(table + i * gate.size());
            long handler = entry.number("offset_high") << 32
                    | entry.number("offset_middle") << 16
                    | entry.number("offset_low");
            all.add(new InterruptVector(i, handler));
        }
        return all;
    }
}
