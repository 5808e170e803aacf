package org.kdump.kernel;

import java.io.IOException;
import org.kdump.vmcore.VmcoreInfo;
import org.kdump.vmcore.paging.VirtualMemory;

/// `struct new_utsname` of the initial namespace (include/uapi/linux/utsname.h): six names of 65 bytes.
///
/// @param nodename the host's name
/// @param release `uname -r`
/// @param version `uname -v`
/// @param machine `uname -m`
public record Utsname(String nodename, String release, String version, String machine) {
    private static final int FIELD = 65;

    /// Reads it where the kernel says it is.
    ///
    /// @throws org.kdump.elf.MalformedInputException if the kernel does not say
    /// @throws IOException if it cannot be read
    public static Utsname of(VirtualMemory memory) throws IOException {
        VmcoreInfo info = memory.vmcore().info();
        // struct uts_namespace begins with a kref up to 5.10 (commit 9a56493f6942, 5.11, put an ns_common at its end).
        // VMCOREINFO has the offset since 5.11 (ca4a9241cc5e); before, the name follows 4 bytes of kref.
        long name = info.requireSymbol("init_uts_ns")
                + info.offset("uts_namespace.name").orElse(4);
        return new Utsname(
                field(memory, name, 1), field(memory, name, 2), field(memory, name, 3), field(memory, name, 4));
    }

    private static String field(VirtualMemory memory, long name, int index) throws IOException {
        return memory.cstring(name + (long) index * FIELD, FIELD);
    }
}
