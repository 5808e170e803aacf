package org.kdump.kernel.crash;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.TypedMemory;

/// An entry of the table of system calls (`sys_call_table`).
///
/// @param number what user space calls it by
/// @param function the address of what does it
public record SystemCall(int number, long function) {
    private static final int MOST = 4096;

    /// All of them.
    ///
    /// @param size of the table in bytes, which its symbol tells
    /// @throws MalformedInputException if the kernel has no such symbol
    /// @throws IOException if the dump cannot be read
    public static List<SystemCall> all(TypedMemory kernel, long size) throws IOException {
        long table = kernel.symbol("sys_call_table");
        int word = kernel.types().pointerSize();
        List<SystemCall> all = new ArrayList<>();
        for (int i = 0; i < Math.min(MOST, size / word); i++) {
            long function = kernel.memory().word(table + (long) i * word);
            // What is aligned behind the table is none.
            if (function == 0) {
                break;
            }
            all.add(new SystemCall(i, function));
        }
        return all;
    }
}
