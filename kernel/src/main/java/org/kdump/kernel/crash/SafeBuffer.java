package org.kdump.kernel.crash;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.PerCpu;
import org.kdump.kernel.object.Struct;
import org.kdump.kernel.object.StructType;
import org.kdump.kernel.object.TypedMemory;

/// What a CPU had written where it must not wait for the log's lock, and had not yet put in the log
/// (kernel/printk/printk_safe.c, until Linux 5.15: commit 93d102f094be, "printk: remove safe buffers").
///
/// @param cpu the CPU's number
/// @param variable the name of the buffer
/// @param text what is in it
public record SafeBuffer(int cpu, String variable, String text) {
    private static final int LARGEST = 1 << 16;

    /// Those of all CPUs.
    ///
    /// @throws MalformedInputException if this kernel has no such buffers
    /// @throws IOException if the dump cannot be read
    public static List<SafeBuffer> all(TypedMemory kernel, PerCpu perCpu) throws IOException {
        Optional<StructType> type = kernel.findStruct("printk_safe_seq_buf");
        if (type.isEmpty()) {
            throw new IOException("this kernel has no safe per-CPU buffers: it writes to its log at once");
        }
        List<SafeBuffer> all = new ArrayList<>();
        for (String name : List.of("nmi_print_seq", "safe_print_seq")) {
            OptionalLong variable = kernel.findSymbol(name);
            for (int cpu : variable.isPresent() ? perCpu.cpus() : List.<Integer>of()) {
                Struct buffer = type.get().at(perCpu.address(variable.getAsLong(), cpu));
                int length = Math.clamp(buffer.number("len.counter"), 0, LARGEST);
                byte[] bytes = kernel.memory().bytes(buffer.addressOf("buffer"), length);
                all.add(new SafeBuffer(cpu, name, LogText.printable(new String(bytes, StandardCharsets.UTF_8))));
            }
        }
        return all;
    }
}
