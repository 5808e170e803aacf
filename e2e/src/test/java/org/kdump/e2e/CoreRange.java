package org.kdump.e2e;

import java.util.List;
import java.util.regex.Pattern;

/// A PT_LOAD of an elfcorehdr, as a guest's console has it.
///
/// @param start physical address
/// @param size bytes
record CoreRange(long start, long size) {
    private static final Pattern PLANNED =
            Pattern.compile("elfcorehdr: PT_LOAD .*physical 0x([0-9a-f]+) .*size 0x([0-9a-f]+)");
    private static final Pattern KEXEC_TOOLS =
            Pattern.compile("p_type = 1, .*p_paddr = 0x([0-9a-f]+) .*p_memsz = 0x([0-9a-f]+)");
    private static final Pattern SEEN =
            Pattern.compile("vmcore segment type 1 physical 0x([0-9a-f]+) size 0x([0-9a-f]+)");

    /// Those that `kdump load --dry-run --debug` prints.
    static List<CoreRange> planned(String console) {
        return all(console, PLANNED);
    }

    /// Those that `kexec -d` prints.
    static List<CoreRange> ofKexecTools(String console) {
        return all(console, KEXEC_TOOLS);
    }

    /// Those of /proc/vmcore in the capture kernel.
    static List<CoreRange> seen(String console) {
        return all(console, SEEN);
    }

    private static List<CoreRange> all(String console, Pattern pattern) {
        return pattern.matcher(console)
                .results()
                .map(range -> new CoreRange(Long.parseLong(range.group(1), 16), Long.parseLong(range.group(2), 16)))
                .toList();
    }
}
