package org.kdump.vmcore;

import java.util.OptionalLong;
import org.kdump.elf.ByteCursor;
import org.kdump.elf.ByteSink;

/// `struct new_utsname` (include/uapi/linux/utsname.h): six texts of 65 bytes, each ended by a NUL.
///
/// @param sysname `Linux`
/// @param nodename host name
/// @param release kernel release
/// @param version number and time of the build
/// @param machine `x86_64` for one
/// @param domainname NIS domain
public record Utsname(
        String sysname, String nodename, String release, String version, String machine, String domainname) {
    /// Bytes.
    public static final int SIZE = 6 * 65;

    /// Before 5.11 a `kref` of 4 bytes stood before the names (commit 9a56493f6942 moved it behind).
    private static final long AFTER_KREF = 4;

    private static final int WIDTH = 65;

    /// Reads it at the cursor.
    public static Utsname read(ByteCursor cursor) {
        return new Utsname(
                cursor.text("sysname", WIDTH),
                cursor.text("nodename", WIDTH),
                cursor.text("release", WIDTH),
                cursor.text("version", WIDTH),
                cursor.text("machine", WIDTH),
                cursor.text("domainname", WIDTH));
    }

    /// Writes it; what is longer than 64 characters is cut.
    public void write(ByteSink sink) {
        for (String text : new String[] {sysname, nodename, release, version, machine, domainname}) {
            sink.text(text, WIDTH - 1).u8(0);
        }
    }

    /// The virtual address of the kernel's own, that of the initial namespace; empty where VMCOREINFO has no
    /// `SYMBOL(init_uts_ns)`. VMCOREINFO has the offset in it since 5.11 (commit ca4a9241cc5e).
    public static OptionalLong address(VmcoreInfo info) {
        OptionalLong namespace = info.symbol("init_uts_ns");
        return namespace.isEmpty()
                ? namespace
                : OptionalLong.of(namespace.getAsLong()
                        + info.offset("uts_namespace.name").orElse(AFTER_KREF));
    }
}
