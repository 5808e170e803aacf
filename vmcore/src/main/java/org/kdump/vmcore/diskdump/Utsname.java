package org.kdump.vmcore.diskdump;

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
    /// Bytes on disk.
    public static final int SIZE = 6 * 65;

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
}
