package org.kdump.kernel.task;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdump.elf.MalformedInputException;
import org.kdump.kernel.object.Struct;

/// A limit of a process (include/uapi/asm-generic/resource.h).
///
/// @param name as `RLIMIT_` has it
/// @param current the soft limit; -1 for none
/// @param maximum the hard limit; -1 for none
public record ResourceLimit(String name, long current, long maximum) {
    private static final List<String> NAMES = List.of(
            "CPU",
            "FSIZE",
            "DATA",
            "STACK",
            "CORE",
            "RSS",
            "NPROC",
            "NOFILE",
            "MEMLOCK",
            "AS",
            "LOCKS",
            "SIGPENDING",
            "MSGQUEUE",
            "NICE",
            "RTPRIO",
            "RTTIME");

    /// Those of a task's process.
    ///
    /// @throws MalformedInputException if the kernel's types lack what is needed
    /// @throws IOException if the dump cannot be read
    public static List<ResourceLimit> of(Task task) throws IOException {
        List<ResourceLimit> all = new ArrayList<>();
        Optional<Struct> signal = task.structure().follow("signal");
        for (int i = 0; signal.isPresent() && i < NAMES.size(); i++) {
            String path = "rlim[" + i + "].rlim_";
            all.add(new ResourceLimit(
                    NAMES.get(i),
                    signal.get().number(path + "cur"),
                    signal.get().number(path + "max")));
        }
        return all;
    }

    /// The soft limit in words.
    public String currentText() {
        return text(current);
    }

    /// The hard limit in words.
    public String maximumText() {
        return text(maximum);
    }

    private static String text(long limit) {
        return limit == -1 ? "(unlimited)" : Long.toUnsignedString(limit);
    }
}
