package org.kdump.kernel.task;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.crash.LogText;
import org.kdump.kernel.object.Struct;
import org.kdump.vmcore.paging.MemoryFault;
import org.kdump.vmcore.paging.VirtualMemory;

/// The words that a process was started with, which lie in its own memory.
public final class UserStrings {
    private static final int MOST = 1 << 17;

    private UserStrings() {}

    /// Its arguments; none if it has no user memory.
    ///
    /// @throws MemoryFault if they are not in the dump, as those pages of processes are that a dump level
    ///     leaves
    /// out
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static List<String> arguments(Task task) throws IOException {
        return between(task, "arg_start", "arg_end");
    }

    /// Its environment; none if it has no user memory.
    ///
    /// @throws IOException as [#arguments]
    public static List<String> environment(Task task) throws IOException {
        return between(task, "env_start", "env_end");
    }

    private static List<String> between(Task task, String start, String end) throws IOException {
        Optional<Struct> memory = task.memory();
        if (memory.isEmpty()) {
            return List.of();
        }
        VirtualMemory user = UserMemory.of(memory.get());
        long from = memory.get().number(start);
        byte[] bytes = new byte[Math.clamp(memory.get().number(end) - from, 0, MOST)];
        int read = (int) user.read(from, MemorySegment.ofArray(bytes));
        if (read == 0 && bytes.length > 0) {
            throw new MemoryFault(from, user.fault(from).orElse("it is not in the dump"));
        }
        String text = new String(bytes, 0, read, StandardCharsets.UTF_8);
        return text.isEmpty()
                ? List.of()
                : Stream.of(text.split("\0")).map(LogText::printable).toList();
    }
}
