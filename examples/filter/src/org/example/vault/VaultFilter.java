package org.example.vault;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.kdump.capture.DumpFilter;
import org.kdump.capture.FilterDecisions;
import org.kdump.vmcore.PhysicalRange;
import org.kdump.vmcore.Vmcore;

/// Overwrites each place where a text stands in memory, and so does not need to know whose it is.
///
/// ```
/// kdump capture --plugin vault.jar --filter 'vault=correct horse battery staple' /proc/vmcore TARGET
/// ```
///
/// It reads all memory once, a megabyte at a time. What crosses the border of two pieces of memory is not found.
public final class VaultFilter implements DumpFilter {
    private static final int WINDOW = 1 << 20;

    /// Made by [java.util.ServiceLoader].
    public VaultFilter() {}

    @Override
    public String name() {
        return "vault";
    }

    @Override
    public void decide(Vmcore source, String argument, FilterDecisions decisions) throws IOException {
        byte[] secret = argument.getBytes(StandardCharsets.UTF_8);
        if (secret.length < 4 || secret.length > source.pageSize()) {
            throw new IOException("vault: the secret must have 4 to " + source.pageSize() + " bytes");
        }
        byte[] window = new byte[WINDOW];
        int found = 0;
        for (PhysicalRange range : source.memory()) {
            long at = range.start();
            while (at < range.end()) {
                int wanted = (int) Math.min(WINDOW, range.end() - at);
                int read = (int) source.read(at, MemorySegment.ofArray(window).asSlice(0, wanted));
                for (int i = find(window, read, secret, 0); i >= 0; i = find(window, read, secret, i + 1)) {
                    decisions.scrub(new PhysicalRange(at + i, at + i + secret.length), FilterDecisions.MARKER);
                    found++;
                }
                // Windows overlap by what may stand across their border; what is not in the source is passed over.
                at += read == WINDOW ? WINDOW - secret.length : read - read % source.pageSize() + source.pageSize();
            }
        }
        decisions.report("# vault: the secret stood in " + found + " places");
    }

    /// @return where `text` stands in the first `length` bytes, from `from` on; -1 if it does not
    private static int find(byte[] bytes, int length, byte[] text, int from) {
        for (int i = from; i <= length - text.length; i++) {
            if (bytes[i] == text[0] && matches(bytes, i, text)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean matches(byte[] bytes, int at, byte[] text) {
        for (int i = 1; i < text.length; i++) {
            if (bytes[at + i] != text[i]) {
                return false;
            }
        }
        return true;
    }
}
